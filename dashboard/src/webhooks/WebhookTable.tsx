// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not take.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row's link is what is focused.
import type { Webhook } from '@everhook/sdk';
import { memo, type ReactNode, useCallback, useLayoutEffect, useRef } from 'react';
import { Link } from 'wouter';
import { Checkbox } from '../design/Toggles.tsx';
import { useVirtualRows } from '../design/useVirtualRows.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { boundText, countText, shareText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { HealthBadge } from './HealthBadge.tsx';
import { type Order, type Sort, waitingOf } from './listing.ts';
import { profileTexts } from './profiles.ts';
import { Sparkline } from './Sparkline.tsx';
import { successOf } from './success.ts';
import { useActivity } from './useActivity.tsx';
import { useEventsText } from './useEventsText.ts';
import { WebhookMenu } from './WebhookMenu.tsx';
import { WebhookSwitch } from './WebhookSwitch.tsx';
import { webhookPath } from './webhookPath.ts';
import styles from './webhooks.module.css';

interface TableProps {
  readonly webhooks: readonly Webhook[];
  readonly order: Order | null;
  onOrder(order: Order | null): void;
  /** Whether the viewer may act on any of them. */
  readonly selectable: boolean;
  readonly selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
}

const rowHeight = 56;

/** Columns that begin with the most. */
const mostFirst: ReadonlySet<Sort> = new Set(['last', 'waiting', 'events']);

/** Webhooks as a table; only visible rows are in the page, and only they are asked for what goes through them. */
export function WebhookTable({ webhooks, order, onOrder, selectable, selected, onSelect }: TableProps) {
  const t = useWords('webhooks');
  const scroller = useRef<HTMLDivElement>(null);
  const { virtual, shown } = useVirtualRows({ scroller, rows: webhooks, height: rowHeight, overscan: 6 });
  const chosen = webhooks.filter(({ id }) => selected.has(id)).length;
  const now = useRef({ selected, onSelect });
  useLayoutEffect(() => {
    now.current = { selected, onSelect };
  });
  // The same function in every render: while it is scrolled, only the rows that come into sight are rendered.
  const toggle = useCallback((id: string, on: boolean) => {
    const next = new Set(now.current.selected);
    if (on) next.add(id);
    else next.delete(id);
    now.current.onSelect(next);
  }, []);
  const toggleAll = (on: boolean) => {
    const next = new Set(selected);
    for (const { id } of webhooks) {
      if (on) next.add(id);
      else next.delete(id);
    }
    onSelect(next);
  };
  const head = (by: Sort, className?: string) => (
    <Head by={by} order={order} onOrder={onOrder} className={className}>
      {t(`columns.${by}`)}
    </Head>
  );

  return (
    <div
      className={styles.table}
      role="table"
      aria-label={t('title')}
      aria-rowcount={webhooks.length + 1}
      data-selectable={selectable}
    >
      <div ref={scroller} className={styles.scroller} tabIndex={0} role="rowgroup">
        <div className={`${styles.row} ${styles.header}`} role="row" aria-rowindex={1}>
          {selectable && (
            <span role="columnheader">
              <Checkbox
                label={t('columns.selectAll')}
                checked={webhooks.length > 0 && chosen === webhooks.length}
                some={chosen > 0}
                onChange={toggleAll}
              />
            </span>
          )}
          {head('name')}
          {head('url', `${styles.wide} ${styles.url}`)}
          {head('profile', styles.wide)}
          {head('state', styles.state)}
          {head('success', styles.wide)}
          {head('last', styles.wide)}
          {head('waiting', styles.wide)}
          {head('events', `${styles.widest} ${styles.right}`)}
          <span role="columnheader">{t('columns.active')}</span>
          <span role="columnheader">
            <span className="visually-hidden">{t('columns.more')}</span>
          </span>
        </div>
        <div className={styles.space} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const webhook = webhooks[index] as Webhook;
            return (
              <Row
                key={key}
                webhook={webhook}
                place={index + 2}
                start={start}
                selectable={selectable}
                selected={selected.has(webhook.id)}
                onSelect={toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly by: Sort;
  readonly order: Order | null;
  readonly className?: string | undefined;
  onOrder(order: Order | null): void;
  readonly children: ReactNode;
}

/** A column's heading, which sorts: one way, the other way, and not any more. */
function Head({ by, order, className, onOrder, children }: HeadProps) {
  const mine = order?.by === by ? order : null;
  const first = mostFirst.has(by);
  const next =
    mine === null ? { by, descending: first } : mine.descending === first ? { by, descending: !first } : null;
  return (
    <span
      role="columnheader"
      className={className}
      aria-sort={mine === null ? undefined : mine.descending ? 'descending' : 'ascending'}
    >
      <button type="button" className={styles.sort} onClick={() => onOrder(next)}>
        {children}
        <span aria-hidden="true" className={styles.arrow} data-direction={mine && (mine.descending ? 'down' : 'up')} />
      </button>
    </span>
  );
}

interface RowProps {
  readonly webhook: Webhook;
  readonly place: number;
  readonly start: number;
  readonly selectable: boolean;
  readonly selected: boolean;
  onSelect(id: string, on: boolean): void;
}

const Row = memo(function Row({ webhook, place, start, selectable, selected, onSelect }: RowProps) {
  const t = useWords('webhooks');
  const scope = useScope();
  const eventsText = useEventsText();
  const { data: activity } = useActivity(webhook.id);
  const { share = null } = activity ? successOf(activity.lastHours ?? []) : {};
  const missed = activity?.missedEvents;
  const waiting = activity?.retryWorkflow?.waiting ?? 0;
  const held = activity?.heldCount ?? 0;
  const where = webhook.project ? scope.projects.find(({ id }) => id === webhook.project?.id)?.name : t('whole');
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={place}
      data-selected={selected}
      style={{ transform: `translateY(${start}px)`, height: rowHeight }}
    >
      {selectable && (
        <span role="cell" className={styles.select}>
          <Checkbox
            label={t('columns.select', { name: webhook.name })}
            checked={selected}
            onChange={(on) => onSelect(webhook.id, on)}
          />
        </span>
      )}
      <span role="rowheader" className={styles.named}>
        <Link href={scope.path(webhookPath(webhook.id))} title={webhook.name} dir="auto">
          {webhook.name}
        </Link>
        <code title={webhook.url}>{webhook.url}</code>
      </span>
      <span role="cell" className={`${styles.wide} ${styles.url}`}>
        <code title={webhook.url}>{webhook.url}</code>
      </span>
      <span role="cell" className={`${styles.wide} ${styles.profile}`} title={profileTexts[webhook.profile].name}>
        <span>{profileTexts[webhook.profile].name}</span>
        {where && scope.project === null && <small title={where}>{where}</small>}
      </span>
      <span role="cell" className={styles.state}>
        <HealthBadge webhook={webhook} />
      </span>
      <span role="cell" className={`${styles.wide} ${styles.sparkcell}`}>
        <Sparkline activity={activity} />
        <span className="number" aria-hidden="true">
          {share === null ? '–' : shareText(share)}
        </span>
      </span>
      <span role="cell" className={`${styles.wide} number`}>
        <Ago time={webhook.lastDispatchedAt} brief />
      </span>
      <span role="cell" className={`${styles.wide} ${styles.backlog} number`}>
        {waiting > 0 && <span>{t('backlog.waiting', { n: countText(waiting) })}</span>}
        {held > 0 && <span>{t('backlog.held', { n: countText(held) })}</span>}
        {missed && missed.count > 0 && (
          <span data-missed="">{t('backlog.missed', { n: boundText(missed.count, missed.isAtLeast) })}</span>
        )}
        {activity && waitingOf(activity) === 0 && '–'}
      </span>
      <span role="cell" className={`${styles.widest} ${styles.right} number`}>
        {eventsText(webhook.eventTypes)}
      </span>
      <span role="cell" className={styles.switch}>
        <WebhookSwitch webhook={webhook} />
      </span>
      <span role="cell" className={`${styles.right} ${styles.menu}`}>
        <WebhookMenu webhook={webhook} />
      </span>
    </div>
  );
});
