import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { useScope } from '../shell/scope.tsx';
import { useEventTypes, useWebhooks } from '../webhooks/queries.ts';
import styles from './deliveries.module.css';
import { type Filters, names } from './filters.ts';
import { statuses } from './status.ts';

/** What is shown, kept in the address, so that a view can be sent to somebody. */
export function DeliveryFilters({ filters }: { readonly filters: Filters }) {
  const { project } = useScope();
  const webhooks = useWebhooks();
  const types = useEventTypes(project?.id ?? null);
  const [, setSearch] = useSearchParams();
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
  const some = Object.values(filters).some((value) => value !== null);
  const typeNames = new Set([
    ...(types.data ?? []).map(({ name }) => name),
    ...(filters.eventType ? [filters.eventType] : []),
  ]);

  return (
    <search className={styles.filters}>
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
      <input
        className={controls.input}
        type="number"
        min={100}
        max={599}
        placeholder="Any code"
        aria-label="Response code"
        value={filters.responseCode ?? undefined}
        onChange={(event) => /^(\d{3})?$/.test(event.target.value) && set({ responseCode: event.target.value })}
      />
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
        disabled={!some}
        onClick={() => set(Object.fromEntries(Object.keys(names).map((filter) => [filter, ''])))}
      >
        Clear
      </Button>
    </search>
  );
}
