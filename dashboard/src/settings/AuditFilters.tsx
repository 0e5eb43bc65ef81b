import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { fieldText, instantText } from '../time/instant.ts';
import { useWords } from '../words/words.ts';
import { type AuditSubject, actionOf, auditActions } from './auditActions.ts';
import type { AuditSearch } from './auditSearch.ts';
import styles from './settings.module.css';

interface FiltersProps {
  readonly search: AuditSearch;
  /** The error in its times. */
  readonly problem: string | undefined;
}

/** The audit log's filters, kept in the address, so that a view can be shared as a link. */
export function AuditFilters({ search, problem }: FiltersProps) {
  const t = useWords('settings');
  const [, setSearch] = useSearchParams();
  const { by } = search;
  // Searched only when complete: each letter of an id would search for one that does not exist.
  const [typed, setTyped] = useState(by);
  useEffect(() => setTyped(by), [by]);
  const set = (changes: Partial<AuditSearch>) =>
    setSearch(
      (now) => {
        for (const [name, value] of Object.entries(changes)) {
          if (value) now.set(name, value);
          else now.delete(name);
        }
        return now;
      },
      { replace: true },
    );
  return (
    <search>
      <form
        className={styles.filters}
        onSubmit={(event) => {
          event.preventDefault();
          set({ by: typed.trim() });
        }}
      >
        <SelectField
          label={t('audit.action')}
          value={search.action}
          onChange={(event) => set({ action: event.target.value })}
        >
          <option value="">{t('audit.any')}</option>
          {Object.entries(auditActions).map(([subject, actions]) => (
            <optgroup key={subject} label={t(`audit.subject.${subject as AuditSubject}`)}>
              {actions.map((action) => (
                <option key={action} value={action}>
                  {t(`audit.done.${actionOf(action)}`)}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        <TextField
          label={t('audit.by')}
          placeholder={t('audit.byHint')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => set({ by: typed.trim() })}
        />
        <TextField
          label={t('audit.from')}
          type="datetime-local"
          value={fieldText(search.from)}
          onChange={(event) => set({ from: instantText(event.target.value) ?? '' })}
        />
        <TextField
          label={t('audit.to')}
          type="datetime-local"
          problem={problem}
          value={fieldText(search.to)}
          onChange={(event) => set({ to: instantText(event.target.value) ?? '' })}
        />
        <Button
          disabled={typed === '' && Object.values(search).every((value) => value === '')}
          onClick={() => {
            setTyped('');
            set({ action: '', by: '', from: '', to: '' });
          }}
        >
          {t('audit.clear')}
        </Button>
      </form>
    </search>
  );
}
