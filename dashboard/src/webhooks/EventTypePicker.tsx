import type { EventType } from '@everhook/sdk';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CodeBlock } from '../design/Copy.tsx';
import controls from '../design/controls.module.css';
import { Confirm } from '../design/Dialogs.tsx';
import { Failure, Loading, Notice } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { byCategory, type useEventTypes } from './queries.ts';
import styles from './webhooks.module.css';

interface PickerProps {
  readonly types: ReturnType<typeof useEventTypes>;
  /** Empty: all types, including later ones. */
  readonly selected: readonly string[];
  readonly disabled?: boolean;
  /** Each change takes effect at once, so it asks before none is left. */
  readonly saves?: boolean;
  onChange(selected: string[]): void;
}

/** Chooses a webhook's event types: by category, with a search, and with schema and example of each. */
export function EventTypePicker({ types: query, selected, disabled, saves, onChange }: PickerProps) {
  const [search, setSearch] = useState('');
  const [detail, setDetail] = useState<string | null>(null);
  const [clearing, setClearing] = useState(false);
  const types = query.data;
  if (query.isError && !types) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!types) return <Loading rows={3} height="2rem" />;

  const chosen = new Set(selected);
  const wanted = search.trim().toLowerCase();
  const shown = types.filter(
    ({ name, description }) => name.toLowerCase().includes(wanted) || description?.toLowerCase().includes(wanted),
  );
  const change = (next: string[]) => {
    if (saves && next.length === 0) setClearing(true);
    else onChange(next);
  };
  const set = (names: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    change([...next]);
  };
  const shownType = types.find(({ name }) => name === detail);

  return (
    <div className={styles.picker}>
      <div className={styles.pickerbar}>
        <input
          type="search"
          className={controls.input}
          placeholder="Search events"
          aria-label="Search events"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Button
          small
          disabled={disabled}
          onClick={() =>
            set(
              shown.map(({ name }) => name),
              true,
            )
          }
        >
          Select all
        </Button>
        <Button small disabled={disabled || chosen.size === 0} onClick={() => change([])}>
          Clear
        </Button>
      </div>
      <p className="muted" role="status">
        {chosen.size === 0
          ? 'None selected: it gets all events, later ones included.'
          : `${chosen.size} of ${types.length} events`}
      </p>
      {shown.length === 0 && (
        <p className="muted">
          {types.length === 0 ? 'There are no event types here yet.' : 'No event fits this search.'}
        </p>
      )}
      {byCategory(shown).map(({ category, types: group }) => {
        const names = group.map(({ name }) => name);
        const count = names.filter((name) => chosen.has(name)).length;
        return (
          <fieldset key={category} className={styles.group}>
            <legend>
              <Checkbox
                checked={count === names.length}
                some={count > 0}
                disabled={disabled}
                onChange={(on) => set(names, on)}
              >
                <strong>{category}</strong>
              </Checkbox>
            </legend>
            <ul>
              {group.map((type) => (
                <li key={type.name}>
                  <Checkbox checked={chosen.has(type.name)} disabled={disabled} onChange={(on) => set([type.name], on)}>
                    <span className="mono">{type.name}</span>
                    {type.description && <span className={styles.typetext}>{type.description}</span>}
                  </Checkbox>
                  <Button
                    small
                    look="quiet"
                    aria-expanded={detail === type.name}
                    aria-label={`Schema of ${type.name}`}
                    onClick={() => setDetail(detail === type.name ? null : type.name)}
                  >
                    {'{ }'}
                  </Button>
                  {shownType === type && <TypeDetail type={type} />}
                </li>
              ))}
            </ul>
          </fieldset>
        );
      })}
      {clearing && (
        <Confirm
          title="Send all events?"
          action="Send all events"
          onConfirm={async () => onChange([])}
          onClose={() => setClearing(false)}
        >
          A webhook without chosen events gets every one, later ones included.
        </Confirm>
      )}
    </div>
  );
}

export function TypeDetail({ type }: { readonly type: EventType }) {
  return (
    <div className={styles.typedetail}>
      <h3>Schema of its data</h3>
      <CodeBlock label={`schema of ${type.name}`} text={JSON.stringify(type.schema, null, 2)} />
      <h3>Example</h3>
      {type.example === null || type.example === undefined ? (
        <Notice>This type has no example.</Notice>
      ) : (
        <CodeBlock label={`example of ${type.name}`} text={JSON.stringify(type.example, null, 2)} />
      )}
    </div>
  );
}
