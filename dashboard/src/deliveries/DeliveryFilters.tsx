import { useId, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { FilterIcon } from '../design/icons.tsx';
import { useScope } from '../shell/scope.tsx';
import { useEventTypes, useWebhooks } from '../webhooks/queries.ts';
import { useWebhook } from '../webhooks/useWebhook.ts';
import styles from './deliveries.module.css';
import { type Filters, names } from './filters.ts';
import { statuses } from './status.ts';

/** The filters, kept in the address, so that a view can be shared as a link. */
export function DeliveryFilters({ filters }: { readonly filters: Filters }) {
  const { project } = useScope();
  const webhooks = useWebhooks();
  const chosen = useWebhook(filters.webhookId);
  const types = useEventTypes(project?.id ?? null);
  const [, setSearch] = useSearchParams();
  const [open, setOpen] = useState(false);
  const id = useId();
  const set = (changes: Partial<Record<keyof Filters, string>>) =>
    setSearch(
      (now) => {
        for (const [filter, value] of Object.entries(changes)) {
          const name = names[filter as keyof Filters];
          if (value) now.set(name, value);
          else now.delete(name);
        }
        return now;
      },
      { replace: true },
    );
  const count = Object.values(filters).filter((value) => value !== null).length;
  const typeNames = new Set([
    ...(types.data ?? []).map(({ name }) => name),
    ...(filters.eventType ? [filters.eventType] : []),
  ]);

  return (
    <search className={styles.search}>
      <Button className={styles.opener} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <FilterIcon /> {count === 0 ? 'Filters' : `Filters, ${count} set`}
      </Button>
      <div id={id} className={styles.filters} data-open={open}>
        <select
          className={controls.input}
          aria-label="Webhook"
          value={filters.webhookId ?? ''}
          onChange={(event) => set({ webhookId: event.target.value })}
        >
          <option value="">Any webhook</option>
          {webhooks.data?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {filters.webhookId && !webhooks.data?.some(({ id }) => id === filters.webhookId) && (
            <option value={filters.webhookId}>
              {chosen.webhook?.name ?? (chosen.isGone ? 'A webhook that is gone' : 'A webhook')}
            </option>
          )}
        </select>
        <select
          className={controls.input}
          aria-label="Event"
          value={filters.eventType ?? ''}
          onChange={(event) => set({ eventType: event.target.value })}
        >
          <option value="">Any event</option>
          {[...typeNames].sort().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          className={controls.input}
          aria-label="Status"
          value={filters.status ?? ''}
          onChange={(event) => set({ status: event.target.value })}
        >
          <option value="">Any status</option>
          {Object.entries(statuses).map(([value, { text }]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <CodeFilter code={filters.responseCode} onChange={(responseCode) => set({ responseCode })} />
        <select
          className={controls.input}
          aria-label="Direction"
          value={filters.direction ?? ''}
          onChange={(event) => set({ direction: event.target.value })}
        >
          <option value="">In and out</option>
          <option value="OUTBOUND">Outbound</option>
          <option value="INBOUND">Inbound</option>
        </select>
        <label className={styles.time}>
          <span>From</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={filters.from ?? ''}
            onChange={(event) => set({ from: event.target.value })}
          />
        </label>
        <label className={styles.time}>
          <span>To</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={filters.to ?? ''}
            onChange={(event) => set({ to: event.target.value })}
          />
        </label>
        <Button
          disabled={count === 0}
          onClick={() => set(Object.fromEntries(Object.keys(names).map((filter) => [filter, ''])))}
        >
          Clear
        </Button>
      </div>
    </search>
  );
}

const codeOf = (text: string): number | null => (/^[1-5]\d\d$/.test(text) ? Number(text) : null);

/** Filters by the typed text as soon as it is a code. The text stays until the address changes. */
function CodeFilter({ code, onChange }: { readonly code: number | null; onChange(code: string): void }) {
  const [text, setText] = useState('');
  const shown = codeOf(text) === code ? text : String(code ?? '');
  return (
    <input
      className={controls.input}
      inputMode="numeric"
      maxLength={3}
      placeholder="Any code"
      aria-label="Response code"
      value={shown}
      onChange={({ target: { value } }) => {
        setText(value);
        onChange(codeOf(value) === null ? '' : value);
      }}
    />
  );
}
