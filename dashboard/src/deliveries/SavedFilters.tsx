import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { TextField } from '../design/Field.tsx';
import { CheckIcon, FilterIcon } from '../design/icons.tsx';
import { Menu, type MenuEntry } from '../design/Menu.tsx';
import { Switch } from '../design/Toggles.tsx';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { filterText, withFilters } from './filters.ts';
import { maxName, maxSaved, put, type SavedFilter } from './savedFilters.ts';
import { useSavedFilters } from './useSavedFilters.ts';

/** The menu of named filters, and the dialogs that name and manage them. */
export function SavedFilters() {
  const t = useWords('deliveries');
  const [saved, setSaved] = useSavedFilters();
  const [search, setSearch] = useSearchParams();
  const [dialog, setDialog] = useState<'save' | 'manage' | null>(null);
  const text = filterText(search);
  const current = saved.find((each) => each.text === text);
  const entries: (MenuEntry | null)[] = [
    ...saved.map((each) => ({
      label: (
        <>
          <bdi className={styles.savedName}>{each.name}</bdi>
          {each === current && <CheckIcon />}
        </>
      ),
      onSelect: () => setSearch((now) => withFilters(now, each.text)),
    })),
    ...(saved.length > 0 ? [null] : []),
    ...(text !== '' && !current ? [{ label: t('saved.save'), onSelect: () => setDialog('save') }] : []),
    { label: t('saved.manage'), onSelect: () => setDialog('manage') },
  ];
  return (
    <>
      <Menu
        trigger={
          <Button className={styles.saved}>
            <FilterIcon /> <bdi className={styles.savedName}>{current?.name ?? t('saved.title')}</bdi>
          </Button>
        }
        entries={entries}
      />
      {dialog === 'save' && (
        <SaveDialog
          saved={saved}
          onSave={(name, isDefault) => setSaved(put(saved, { name, text, isDefault }))}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'manage' && <ManageDialog saved={saved} onChange={setSaved} onClose={() => setDialog(null)} />}
    </>
  );
}

interface SaveProps {
  readonly saved: readonly SavedFilter[];
  onSave(name: string, isDefault: boolean): void;
  onClose(): void;
}

function SaveDialog({ saved, onSave, onClose }: SaveProps) {
  const t = useWords('deliveries');
  const [name, setName] = useState('');
  const [isDefault, setDefault] = useState(false);
  const [problem, setProblem] = useState<string>();
  const trimmed = name.trim();
  const replaces = saved.some((each) => each.name === trimmed);
  const save = () => {
    if (trimmed === '') return setProblem(t('saved.nameMissing'));
    if (!replaces && saved.length >= maxSaved) return setProblem(t('saved.full', { count: maxSaved }));
    onSave(trimmed, isDefault);
    onClose();
  };
  return (
    <Dialog
      title={t('saved.saveTitle')}
      isForm
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" form="save-filters" look="primary">
            {replaces ? t('saved.replace') : t('saved.saveAction')}
          </Button>
        </>
      }
    >
      <form
        id="save-filters"
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label={t('saved.name')}
          hint={t('saved.where')}
          problem={problem}
          maxLength={maxName}
          dir="auto"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setProblem(undefined);
          }}
        />
        <div className={styles.default}>
          <Switch label={t('saved.default')} checked={isDefault} onChange={setDefault} />
          <span aria-hidden="true">{t('saved.default')}</span>
        </div>
      </form>
    </Dialog>
  );
}

interface ManageProps {
  readonly saved: readonly SavedFilter[];
  onChange(filters: readonly SavedFilter[]): void;
  onClose(): void;
}

function ManageDialog({ saved, onChange, onClose }: ManageProps) {
  const t = useWords('deliveries');
  return (
    <Dialog title={t('saved.title')} onClose={onClose} footer={<Button onClick={onClose}>{t('common:close')}</Button>}>
      <p className="muted">{saved.length === 0 ? t('saved.empty') : t('saved.where')}</p>
      <ul className={styles.savedList}>
        {saved.map((each) => (
          <li key={each.name}>
            <NameField name={each.name} onRename={(name) => onChange(put(saved, { ...each, name }, each.name))} />
            <Switch
              label={t('saved.defaultOf', { name: each.name })}
              checked={each.isDefault}
              onChange={(isDefault) => onChange(put(saved, { ...each, isDefault }))}
            />
            <span aria-hidden="true">{t('saved.defaultShort')}</span>
            <Button
              small
              aria-label={t('saved.deleteOf', { name: each.name })}
              onClick={() => onChange(saved.filter(({ name }) => name !== each.name))}
            >
              {t('saved.delete')}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Renames when it is left or by Enter; an empty name, or that of another one, is no name. */
function NameField({ name, onRename }: { readonly name: string; onRename(name: string): void }) {
  const t = useWords('deliveries');
  const [saved] = useSavedFilters();
  const [typed, setTyped] = useState(name);
  const trimmed = typed.trim();
  const isTaken = trimmed !== name && saved.some((each) => each.name === trimmed);
  const rename = () => {
    if (trimmed === '' || isTaken) setTyped(name);
    else if (trimmed !== name) onRename(trimmed);
  };
  return (
    <TextField
      label={<span className="visually-hidden">{t('saved.nameOf', { name })}</span>}
      problem={isTaken ? t('saved.taken') : undefined}
      maxLength={maxName}
      dir="auto"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={rename}
      onKeyDown={(event) => event.key === 'Enter' && rename()}
    />
  );
}
