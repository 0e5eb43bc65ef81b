import type { EventType } from '@everhook/sdk';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CodeBlock } from '../design/Copy.tsx';
import controls from '../design/controls.module.css';
import { Confirm } from '../design/Dialogs.tsx';
import { CheckIcon } from '../design/icons.tsx';
import { Failure, Loading, Notice } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { SchemaTree } from '../schema/SchemaTree.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { isEverhooksOwn } from './ownTypes.ts';
import { byCategory, type TypeGroup, type useEventTypes } from './queries.ts';
import styles from './webhooks.module.css';

/** How far the last change is, where each is saved at once. */
type Saving = 'idle' | 'saving' | 'saved' | 'failed';

interface PickerProps {
  readonly types: ReturnType<typeof useEventTypes>;
  /** Empty: all types, including later ones. */
  readonly selected: readonly string[];
  readonly disabled?: boolean;
  /** Each change takes effect at once, so it asks before none is left, and says beside what was changed that it is saved. */
  readonly saving?: Saving;
  onChange(selected: string[]): void;
}

/** So long the mark stays beside what was changed. */
const flashMs = 2_000;

/** Chooses a webhook's event types: by category, with a search, and with schema and example of each. */
export function EventTypePicker({ types: query, selected, disabled, saving, onChange }: PickerProps) {
  const t = useWords('catalogue');
  const { portal } = useSession();
  const [search, setSearch] = useState('');
  const [detail, setDetail] = useState<string | null>(null);
  const [clearing, setClearing] = useState(false);
  // What was changed last, and a change of it for each click, so that the mark comes again.
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (saving !== 'saved' || changed.size === 0) return;
    const timer = setTimeout(() => setChanged(new Set()), flashMs);
    return () => clearTimeout(timer);
  }, [saving, changed]);
  const types = query.data;
  if (query.isError && !types) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!types) return <Loading rows={3} height="2rem" />;

  const chosen = new Set(selected);
  const theirs = types.filter((type) => !isEverhooksOwn(type));
  const ours = types.filter(isEverhooksOwn);
  // A type that was archived since it was chosen is no longer offered, and stays until it is taken out.
  const archived = selected.filter((name) => !types.some((type) => type.name === name));
  const ownChosen = ours.filter(({ name }) => chosen.has(name)).length;
  const wanted = search.trim().toLowerCase();
  const fits = ({ name, description }: EventType) =>
    name.toLowerCase().includes(wanted) || (description?.toLowerCase().includes(wanted) ?? false);
  const groups = byCategory(theirs.filter(fits));
  const own = ours.filter(fits);
  const change = (next: string[], names: readonly string[]) => {
    if (saving !== undefined && next.length === 0) setClearing(true);
    else {
      setChanged(new Set(names));
      onChange(next);
    }
  };
  const set = (names: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    change([...next], names);
  };
  const mark = (name: string) =>
    saving === 'saved' && changed.has(name) ? (
      <span className={styles.mark} title={t('picker.saved')}>
        <CheckIcon />
      </span>
    ) : null;

  const list = (group: readonly EventType[]) => (
    <ul>
      {group.map((type) => (
        <li key={type.name}>
          <div className={styles.pick}>
            <Checkbox checked={chosen.has(type.name)} disabled={disabled} onChange={(on) => set([type.name], on)}>
              <span className="mono">{type.name}</span>
              {type.description && (
                <span className={styles.typetext} dir="auto">
                  {type.description}
                </span>
              )}
            </Checkbox>
            {mark(type.name)}
          </div>
          <Button
            small
            look="quiet"
            aria-expanded={detail === type.name}
            aria-label={t('picker.schemaOf', { name: type.name })}
            onClick={() => setDetail(detail === type.name ? null : type.name)}
          >
            {'{ }'}
          </Button>
          {detail === type.name && <TypeDetail type={type} />}
        </li>
      ))}
    </ul>
  );

  return (
    <div className={styles.picker}>
      <div className={styles.pickerbar}>
        <input
          type="search"
          className={controls.input}
          placeholder={t('picker.search')}
          aria-label={t('picker.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Button small disabled={disabled || chosen.size === 0} onClick={() => change([], selected)}>
          {t('picker.clear')}
        </Button>
      </div>
      <p className="muted" role="status">
        {chosen.size === 0
          ? t('picker.all')
          : t('picker.some', { count: chosen.size - ownChosen, of: theirs.length + archived.length })}
        {ownChosen > 0 && t(portal ? 'picker.plusOwnInPortal' : 'picker.plusOwn', { count: ownChosen })}
      </p>
      {groups.length + own.length === 0 && <p className="muted">{types.length === 0 ? t('none') : t('noneFits')}</p>}
      {groups.map((group) => (
        <Group key={group.category} group={group} chosen={chosen} disabled={disabled} onSet={set}>
          {list(group.types)}
        </Group>
      ))}
      {own.length > 0 && (
        <fieldset className={styles.group}>
          <legend>
            <strong>{t(portal ? 'ownInPortal' : 'everhooksOwn')}</strong>
            <span className={styles.typetext}>{t('picker.ownText')}</span>
          </legend>
          {list(own)}
        </fieldset>
      )}
      {archived.length > 0 && (
        <fieldset className={styles.group}>
          <legend>
            <strong>{t('picker.gone')}</strong>
          </legend>
          <ul>
            {archived.map((name) => (
              <li key={name}>
                <Checkbox checked disabled={disabled} onChange={() => set([name], false)}>
                  <span className="mono">{name}</span>
                </Checkbox>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      {clearing && (
        <Confirm
          title={t('picker.sendAllTitle')}
          action={t('picker.sendAll')}
          onConfirm={async () => onChange([])}
          onClose={() => setClearing(false)}
        >
          {t('picker.sendAllText')}
        </Confirm>
      )}
    </div>
  );
}

interface GroupProps {
  readonly group: TypeGroup;
  readonly chosen: ReadonlySet<string>;
  readonly disabled: boolean | undefined;
  onSet(names: readonly string[], on: boolean): void;
  readonly children: ReactNode;
}

/** A category with its own "Select all", which is about what of it is shown. */
function Group({ group: { category, types }, chosen, disabled, onSet, children }: GroupProps) {
  const t = useWords('catalogue');
  const names = types.map(({ name }) => name);
  const count = names.filter((name) => chosen.has(name)).length;
  return (
    <fieldset className={styles.group}>
      <legend>
        <span className={styles.grouphead}>
          <strong dir="auto">{category}</strong>
          <Checkbox
            checked={count === names.length}
            some={count > 0}
            disabled={disabled}
            onChange={(on) => onSet(names, on)}
          >
            {t('picker.selectAll')} <span className="visually-hidden">{t('picker.ofCategory', { category })}</span>
          </Checkbox>
        </span>
      </legend>
      {children}
    </fieldset>
  );
}

function TypeDetail({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  return (
    <div className={styles.typedetail}>
      <h3>{t('picker.schema')}</h3>
      <SchemaTree schema={type.schema} />
      <h3>{t('type.example')}</h3>
      {type.example === null || type.example === undefined ? (
        <Notice>{t('type.noExample')}</Notice>
      ) : (
        <CodeBlock label={t('picker.exampleOf', { name: type.name })} text={JSON.stringify(type.example, null, 2)} />
      )}
    </div>
  );
}
