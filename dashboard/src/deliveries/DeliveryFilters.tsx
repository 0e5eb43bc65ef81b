import { useId, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { CloseIcon, FilterIcon } from '../design/icons.tsx';
import { useScope } from '../shell/scope.tsx';
import { fieldText, instantText } from '../time/instant.ts';
import { useEventTypes, useWebhooks } from '../webhooks/queries.ts';
import { useWebhook } from '../webhooks/useWebhook.ts';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { countOf, type Filters, names, withFilters } from './filters.ts';
import { type LabelList, labelsOf, labelsText } from './labels.ts';
import { statusNames } from './status.ts';

/** The filters, kept in the address, so that a view can be shared as a link. */
export function DeliveryFilters({ filters }: { readonly filters: Filters }) {
  const { project } = useScope();
  const t = useWords('deliveries');
  const webhooks = useWebhooks();
  const chosen = useWebhook(filters.webhookId);
  const types = useEventTypes(project?.id ?? null);
  const [, setSearch] = useSearchParams();
  const [open, setOpen] = useState(false);
  const id = useId();
  const set = (changes: Partial<Record<keyof Filters, string | readonly string[]>>) =>
    setSearch(
      (now) => {
        for (const [filter, value] of Object.entries(changes)) {
          const name = names[filter as keyof Filters];
          now.delete(name);
          for (const each of [value].flat()) if (each) now.append(name, each);
        }
        return now;
      },
      { replace: true },
    );
  const count = countOf(filters);
  const typeNames = new Set([
    ...(types.data ?? []).map(({ name }) => name),
    ...(filters.eventType ? [filters.eventType] : []),
  ]);

  return (
    <search className={styles.search}>
      <Button className={styles.opener} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <FilterIcon /> {count === 0 ? t('filter.title') : t('filter.set', { count })}
      </Button>
      <div id={id} className={styles.filters} data-open={open}>
        <select
          className={controls.input}
          aria-label={t('filter.webhook')}
          value={filters.webhookId ?? ''}
          onChange={(event) => set({ webhookId: event.target.value })}
        >
          <option value="">{t('filter.anyWebhook')}</option>
          {webhooks.data?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {filters.webhookId && !webhooks.data?.some(({ id }) => id === filters.webhookId) && (
            <option value={filters.webhookId}>
              {chosen.webhook?.name ?? (chosen.isGone ? t('filter.goneWebhook') : t('filter.aWebhook'))}
            </option>
          )}
        </select>
        <select
          className={controls.input}
          aria-label={t('filter.event')}
          value={filters.eventType ?? ''}
          onChange={(event) => set({ eventType: event.target.value })}
        >
          <option value="">{t('filter.anyEvent')}</option>
          {[...typeNames].sort().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          className={controls.input}
          aria-label={t('filter.status')}
          value={filters.status ?? ''}
          onChange={(event) => set({ status: event.target.value })}
        >
          <option value="">{t('filter.anyStatus')}</option>
          {statusNames.map((value) => (
            <option key={value} value={value}>
              {t(`status.${value}`)}
            </option>
          ))}
        </select>
        <CodeFilter code={filters.responseCode} onChange={(responseCode) => set({ responseCode })} />
        <select
          className={controls.input}
          aria-label={t('filter.direction')}
          value={filters.direction ?? ''}
          onChange={(event) => set({ direction: event.target.value })}
        >
          <option value="">{t('filter.bothDirections')}</option>
          <option value="OUTBOUND">{t('filter.outbound')}</option>
          <option value="INBOUND">{t('filter.inbound')}</option>
        </select>
        <select
          className={controls.input}
          aria-label={t('filter.tests')}
          value={filters.isTest === null ? '' : filters.isTest ? 'only' : 'none'}
          onChange={(event) => set({ isTest: event.target.value })}
        >
          <option value="">{t('filter.withTests')}</option>
          <option value="none">{t('filter.noTests')}</option>
          <option value="only">{t('filter.onlyTests')}</option>
        </select>
        <LabelFilter
          labels={filters.labels ?? []}
          onChange={(labels) => set({ labels: labels.map(([key, value]) => `${key}=${value}`) })}
        />
        {filters.eventId && (
          <Button className={styles.chip} onClick={() => set({ eventId: '' })}>
            {t('filter.ofEvent')} <CloseIcon />
          </Button>
        )}
        <label className={styles.time}>
          <span>{t('filter.from')}</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={fieldText(filters.from)}
            onChange={(event) => set({ from: instantText(event.target.value) ?? '' })}
          />
        </label>
        <label className={styles.time}>
          <span>{t('filter.to')}</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={fieldText(filters.to)}
            onChange={(event) => set({ to: instantText(event.target.value) ?? '' })}
          />
        </label>
        <Button disabled={count === 0} onClick={() => setSearch((now) => withFilters(now, ''), { replace: true })}>
          {t('filter.clear')}
        </Button>
      </div>
    </search>
  );
}

const codeOf = (text: string): number | null => (/^[1-5]\d\d$/.test(text) ? Number(text) : null);

/** Filters by the typed text as soon as it is a code. The text stays until the address changes. */
function CodeFilter({ code, onChange }: { readonly code: number | null; onChange(code: string): void }) {
  const t = useWords('deliveries');
  const [text, setText] = useState('');
  const shown = codeOf(text) === code ? text : String(code ?? '');
  return (
    <input
      className={controls.input}
      inputMode="numeric"
      maxLength={3}
      placeholder={t('filter.anyCode')}
      aria-label={t('filter.code')}
      value={shown}
      onChange={({ target: { value } }) => {
        setText(value);
        onChange(codeOf(value) === null ? '' : value);
      }}
    />
  );
}

/** Filters by the typed labels when it is left or by Enter: each letter of a value would search for one that does not exist. */
function LabelFilter({ labels, onChange }: { readonly labels: LabelList; onChange(labels: LabelList): void }) {
  const t = useWords('deliveries');
  const shown = labelsText(labels);
  const [typed, setTyped] = useState<string | null>(null);
  const id = useId();
  const isWrong = typed !== null && labelsOf(typed) === null;
  const apply = () => {
    if (typed === null || typed.trim() === shown) return setTyped(null);
    const read = labelsOf(typed);
    if (!read) return;
    onChange(read);
    setTyped(null);
  };
  return (
    <span className={styles.labels}>
      <input
        className={controls.input}
        placeholder={t('filter.anyLabel')}
        aria-label={t('filter.labels')}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? id : undefined}
        spellCheck={false}
        dir="auto"
        value={typed ?? shown}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => event.key === 'Enter' && apply()}
      />
      {isWrong && (
        <span id={id} className={styles.wrong} role="status">
          {t('filter.wrongLabels')}
        </span>
      )}
    </span>
  );
}
