import { useId, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useTypes } from '../catalogue/useTypes.ts';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { CloseIcon, FilterIcon } from '../design/icons.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { readTree } from '../schema/jsonTree.ts';
import { fieldText, instantText } from '../time/instant.ts';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';
import { countOf, type Filters, labelOf, maxLabels, noFilters, objectOf, searchOf } from './filters.ts';

/** The filters, kept in the address, so that a view can be shared as a link. */
export function EventFilters({ filters }: { readonly filters: Filters }) {
  const t = useWords('events');
  const types = useTypes({ archived: null });
  const [, setSearch] = useSearchParams();
  const [open, setOpen] = useState(false);
  const id = useId();
  const set = (changes: Partial<Filters>) => setSearch((now) => searchOf(now, changes), { replace: true });
  const count = countOf(filters);
  const known = [...new Set(types.data?.map(({ name }) => name))].sort();
  const labels = Object.entries(filters.labels);

  return (
    <search className={styles.search}>
      <Button className={styles.opener} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <FilterIcon /> {count === 0 ? t('filters.title') : t('filters.set', { count })}
      </Button>
      <div id={id} className={styles.filters} data-open={open}>
        <Typed
          label={t('filters.type')}
          list={`${id}-types`}
          value={filters.type ?? ''}
          onPut={(type) => set({ type: type || null })}
        />
        <datalist id={`${id}-types`}>
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <LabelFilter
          disabled={labels.length >= maxLabels}
          onAdd={([key, value]) => set({ labels: { ...filters.labels, [key]: value } })}
        />
        <Typed label={t('filters.id')} value={filters.id ?? ''} onPut={(text) => set({ id: text || null })} />
        <ContainsFilter value={filters.contains} onPut={(contains) => set({ contains })} />
        <select
          className={controls.input}
          aria-label={t('filters.matched')}
          value={filters.unmatched ? 'true' : ''}
          onChange={(event) => set({ unmatched: event.target.value === 'true' })}
        >
          <option value="">{t('filters.anyMatch')}</option>
          <option value="true">{t('filters.unmatched')}</option>
        </select>
        <select
          className={controls.input}
          aria-label={t('filters.tests')}
          value={filters.tests ?? ''}
          onChange={(event) => set({ tests: (event.target.value || null) as Filters['tests'] })}
        >
          <option value="">{t('filters.withTests')}</option>
          <option value="none">{t('filters.noTests')}</option>
          <option value="only">{t('filters.onlyTests')}</option>
        </select>
        <label className={styles.time}>
          <span>{t('filters.from')}</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={fieldText(filters.from)}
            onChange={(event) => set({ from: instantText(event.target.value) })}
          />
        </label>
        <label className={styles.time}>
          <span>{t('filters.to')}</span>
          <input
            className={controls.input}
            type="datetime-local"
            value={fieldText(filters.to)}
            onChange={(event) => set({ to: instantText(event.target.value) })}
          />
        </label>
      </div>
      {count > 0 && (
        <div className={styles.set}>
          {labels.map(([key, value]) => (
            <Button
              key={key}
              small
              aria-label={t('filters.removeLabel', { label: `${key}=${value}` })}
              onClick={() => set({ labels: Object.fromEntries(labels.filter(([other]) => other !== key)) })}
            >
              <bdi className={styles.label}>
                {`${key}=`}
                <b>{value}</b>
              </bdi>
              <CloseIcon />
            </Button>
          ))}
          <Button small look="quiet" onClick={() => set(noFilters)}>
            {t('filters.clear')}
          </Button>
        </div>
      )}
    </search>
  );
}

interface TypedProps {
  readonly label: string;
  readonly list?: string;
  readonly value: string;
  onPut(text: string): void;
}

/** A text that filters when it is finished: by Enter, or by leaving the field. */
function Typed({ label, list, value, onPut }: TypedProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const put = () => {
    if (draft !== null && draft.trim() !== value) onPut(draft.trim());
    setDraft(null);
  };
  return (
    <input
      className={controls.input}
      aria-label={label}
      placeholder={label}
      list={list}
      autoComplete="off"
      dir="auto"
      value={draft ?? value}
      onChange={(event) => {
        setDraft(event.target.value);
        // Chosen from the list, which is no typing.
        const input = event.nativeEvent as InputEvent;
        if (input.inputType === 'insertReplacementText') {
          onPut(event.target.value);
          setDraft(null);
        }
      }}
      onBlur={put}
      onKeyDown={(event) => event.key === 'Enter' && put()}
    />
  );
}

/** `key=value`, several one after the other. */
function LabelFilter({
  disabled,
  onAdd,
}: {
  readonly disabled: boolean;
  onAdd(label: readonly [string, string]): void;
}) {
  const t = useWords('events');
  const id = useId();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const add = () => {
    const label = labelOf(text.trim());
    setWrong(text.trim() !== '' && !label);
    if (!label) return;
    onAdd(label);
    setText('');
  };
  return (
    <div className={styles.checked}>
      <input
        className={controls.input}
        aria-label={t('filters.label')}
        placeholder={t('filters.labelExample')}
        aria-invalid={wrong}
        aria-describedby={wrong ? id : undefined}
        disabled={disabled}
        autoComplete="off"
        dir="auto"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setWrong(false);
        }}
        onBlur={add}
        onKeyDown={(event) => event.key === 'Enter' && add()}
      />
      {wrong && (
        <span id={id} role="alert" className={controls.problem}>
          {t('filters.noLabel')}
        </span>
      )}
    </div>
  );
}

/** JSON that is checked as it is typed, and filters when it is an object. */
function ContainsFilter({ value, onPut }: { readonly value: string | null; onPut(text: string | null): void }) {
  const t = useWords('events');
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? value ?? '';
  const problem = text.trim() === '' || objectOf(text) ? null : (whyNoJson(text) ?? t('filters.noObject'));
  const put = () => {
    if (draft === null || problem !== null) return;
    onPut(draft.trim() || null);
    setDraft(null);
  };
  return (
    <div className={styles.checked}>
      <input
        className={`${controls.input} mono`}
        aria-label={t('filters.contains')}
        placeholder={t('filters.containsExample')}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : id}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={put}
        onKeyDown={(event) => event.key === 'Enter' && put()}
      />
      {problem !== null && (
        <span id={id} role="status" className={controls.problem}>
          {problem}
        </span>
      )}
    </div>
  );
}

function whyNoJson(text: string): string | null {
  try {
    readTree(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
