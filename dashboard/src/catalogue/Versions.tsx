import type { EventType, EventTypeVersion } from '@everhook/sdk';
import { diffLines } from 'diff';
import { useMemo } from 'react';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Card, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Ago } from '../time/Time.tsx';
import { listText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';

/** How a type came to be what it is. */
export function Versions({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const { client } = useSession();
  const own = type.createdAt !== null;
  const list = useOlder(['eventTypeVersions', type.id, type.version], ({ signal, after }) =>
    own
      ? client.eventTypes.versions(type.id, { signal }).page({ first: 20, after })
      : Promise.resolve({ items: [], pageInfo: nothingMore }),
  );
  const versions = list.items ?? [];
  return (
    <Card className={styles.panel} aria-label={t('type.versions')}>
      <h2>{t('type.versions')}</h2>
      {!own && <p className="muted">{t('type.noVersions')}</p>}
      {list.isPending && <Loading rows={2} height="2rem" />}
      {list.isLoadingError && <Failure error={list.error} retry={() => void list.refetch()} />}
      <ol className={styles.list}>
        {versions.map((version, at) => (
          <li key={version.id} className={styles.version}>
            <Version version={version} before={versions[at + 1]} />
          </li>
        ))}
      </ol>
      <ShowOlder list={list} label={t('type.older')} />
    </Card>
  );
}

const nothingMore = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

interface VersionProps {
  readonly version: EventTypeVersion;
  /** The one before it; undefined where it is not loaded, or there is none. */
  readonly before: EventTypeVersion | undefined;
}

function Version({ version, before }: VersionProps) {
  const t = useWords('catalogue');
  const parts = version.changed.map((part) => t(`type.parts.${part}`));
  const what =
    version.version === 1
      ? t('type.created')
      : version.changed.length === 1 && version.changed[0] === 'ARCHIVED'
        ? t(version.archivedAt ? 'type.archivedThen' : 'type.unarchivedThen')
        : t('type.changed', { parts: listText(parts) });
  return (
    <>
      <div className={styles.head}>
        <strong>{t('type.version', { number: version.version })}</strong>
        <Ago time={version.createdAt} />
      </div>
      <p className="muted">
        {what}
        {version.principalId === 'operator' && <> {t('type.byOperator')}</>}
        {version.principalId && version.principalId !== 'operator' && (
          <> {t('type.by', { who: version.principalId })}</>
        )}
      </p>
      {before && version.changed.some((part) => part !== 'ARCHIVED') && (
        <details>
          <summary>{t('type.was')}</summary>
          <Difference version={version.version} before={textOf(before)} after={textOf(version)} />
        </details>
      )}
    </>
  );
}

const textOf = ({ category, description, schema, example }: EventTypeVersion): string =>
  JSON.stringify({ category, description, schema, example }, null, 2);

/** Unchanged lines around a change. */
const around = 3;
/** Longer texts are not compared line by line, which could take minutes. */
const maxMs = 500;

interface DifferenceProps {
  readonly version: number;
  readonly before: string;
  readonly after: string;
}

function Difference({ version, before, after }: DifferenceProps) {
  const t = useWords('catalogue');
  const parts = useMemo(() => diffLines(before, after, { timeout: maxMs }), [before, after]);
  const shown = parts ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  return (
    <section
      className={styles.difference}
      aria-label={`${t('type.version', { number: version })}: ${t('type.was')}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {shown.map(({ value, added, removed }, at) => {
        const text = added || removed ? value : shortened(value, at > 0, at < shown.length - 1);
        return text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was never changes.
            <div key={`${at} ${number}`} data-change={added ? 'added' : removed ? 'removed' : undefined}>
              <span aria-hidden="true">{added ? '+' : removed ? '−' : ' '} </span>
              {added ? <ins>{line}</ins> : removed ? <del>{line}</del> : line}
            </div>
          ));
      })}
    </section>
  );
}

/** The lines next to a change; those between are left out. */
function shortened(text: string, afterChange: boolean, beforeChange: boolean): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const first = afterChange ? lines.slice(0, around) : [];
  const last = beforeChange ? lines.slice(-around) : [];
  return first.length + last.length >= lines.length ? lines.join('\n') : [...first, '…', ...last].join('\n');
}
