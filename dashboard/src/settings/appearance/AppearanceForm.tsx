import type { PortalPart, PortalTheme, Project } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { apiUrl } from '../../base.ts';
import { Button } from '../../design/Button.tsx';
import { SelectField, TextField } from '../../design/Field.tsx';
import { FieldProblemContext } from '../../design/FieldProblem.tsx';
import { Card, messageOf, Notice } from '../../design/Surfaces.tsx';
import { useToast } from '../../design/Toasts.tsx';
import { Checkbox } from '../../design/Toggles.tsx';
import { useSubmission } from '../../design/useSubmission.ts';
import { useSession } from '../../session/session.tsx';
import { languageOf, languages } from '../../words/language.ts';
import { useWords } from '../../words/words.ts';
import styles from './appearance.module.css';
import { ColourFields } from './ColourFields.tsx';
import { changesOf, type Draft, draftOf, type Mode, unsaved } from './draft.ts';
import { ImageField } from './ImageField.tsx';
import { PortalPreview } from './PortalPreview.tsx';

const modes: readonly Mode[] = ['light', 'dark'];
const parts: readonly PortalPart[] = [
  'OVERVIEW',
  'WEBHOOKS',
  'DELIVERIES',
  'EVENTS',
  'CATALOGUE',
  'INBOUND',
  'LIVE_SIGN',
  'APPEARANCE_SWITCH',
];

interface FormProps {
  readonly project: Project;
  readonly theme: PortalTheme | null;
  readonly queryKey: readonly unknown[];
}

/** How a project's portal looks, with what it will look like. */
export function AppearanceForm({ project, theme, queryKey }: FormProps) {
  const { client } = useSession();
  const t = useWords('portal');
  const queries = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState<Draft>(() => unsaved.get(project.id) ?? draftOf(theme));
  const saved = draftOf(theme);
  const dirty = JSON.stringify(changesOf(draft)) !== JSON.stringify(changesOf(saved));

  useEffect(() => {
    // Going to another page keeps it; only leaving the dashboard would not, so that is asked about.
    if (dirty) unsaved.set(project.id, draft);
    else unsaved.delete(project.id);
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty, draft, project.id]);

  const { form, problem, error, isPending, submit, forget } = useSubmission(
    () => client.projects.updatePortalTheme(project.id, changesOf(draft)),
    (now) => {
      queries.setQueryData(queryKey, now);
      setDraft(draftOf(now));
      toast(t('saved'));
    },
  );
  const set = (changes: Partial<Draft>) => {
    forget();
    setDraft((now) => ({ ...now, ...changes }));
  };
  const image = (name: 'logo' | 'favicon'): string | null => {
    const path = theme?.[`${name}Path`];
    const chosen = draft[name];
    if (chosen === undefined) return path ? apiUrl + path : null;
    return chosen === null ? null : `data:image/*;base64,${chosen}`;
  };

  return (
    <div className={styles.columns}>
      <form ref={form} className={styles.form} onSubmit={submit} noValidate>
        <FieldProblemContext value={problem}>
          {modes.map((mode) => (
            <Card key={mode} className={styles.group}>
              <h2>{t(`modes.${mode}`)}</h2>
              <Checkbox checked={draft.modes[mode]} onChange={(on) => set({ modes: { ...draft.modes, [mode]: on } })}>
                {t(`modes.own_${mode}`)}
              </Checkbox>
              {draft.modes[mode] && (
                <ColourFields
                  mode={mode}
                  colours={draft.colours[mode]}
                  onChange={(colours) => set({ colours: { ...draft.colours, [mode]: colours } })}
                />
              )}
            </Card>
          ))}
          <Card className={styles.group}>
            <h2>{t('brand.title')}</h2>
            <TextField
              name="title"
              label={t('brand.name')}
              hint={t('brand.nameHint', { name: project.name })}
              optional
              dir="auto"
              maxLength={60}
              value={draft.title}
              onChange={(event) => set({ title: event.target.value })}
            />
            <ImageField name="logo" maxBytes={65_536} src={image('logo')} onChange={(logo) => set({ logo })} />
            <ImageField
              name="favicon"
              maxBytes={16_384}
              src={image('favicon')}
              onChange={(favicon) => set({ favicon })}
            />
            <TextField
              name="fonts"
              label={t('brand.fonts')}
              hint={t('brand.fontsHint')}
              optional
              value={draft.fonts}
              onChange={(event) => set({ fonts: event.target.value })}
            />
            <TextField
              name="radius"
              label={t('brand.radius')}
              hint={t('brand.radiusHint')}
              optional
              type="number"
              min={0}
              max={24}
              value={draft.radius ?? ''}
              onChange={({ target }) => set({ radius: target.value === '' ? null : Number(target.value) })}
            />
          </Card>
          <Card className={styles.group}>
            <h2>{t('shown.title')}</h2>
            <SelectField
              name="language"
              label={t('common:account.language')}
              value={draft.language}
              onChange={(event) => set({ language: languageOf(event.target.value) ?? '' })}
            >
              <option value="">{t('shown.browser')}</option>
              {languages.map((each) => (
                <option key={each} value={each}>
                  {t(`common:languages.${each}`)}
                </option>
              ))}
            </SelectField>
            <fieldset className={styles.parts}>
              <legend>{t('shown.parts')}</legend>
              {parts.map((part) => (
                <Checkbox
                  key={part}
                  checked={!draft.hidden.includes(part)}
                  onChange={(on) =>
                    set({ hidden: on ? draft.hidden.filter((each) => each !== part) : [...draft.hidden, part] })
                  }
                >
                  {t(`parts.${part}`)}
                </Checkbox>
              ))}
            </fieldset>
            <TextField
              name="back.url"
              label={t('shown.backUrl')}
              hint={t('shown.backHint')}
              optional
              type="url"
              value={draft.backUrl}
              onChange={(event) => set({ backUrl: event.target.value })}
            />
            <TextField
              name="back.label"
              label={t('shown.backLabel')}
              optional
              dir="auto"
              maxLength={60}
              value={draft.backLabel}
              onChange={(event) => set({ backLabel: event.target.value })}
            />
          </Card>
        </FieldProblemContext>
        {error && <Notice tone="bad">{messageOf(error)}</Notice>}
        <div className={styles.actions}>
          <Button type="submit" look="primary" disabled={!dirty} aria-disabled={isPending}>
            {t('save')}
          </Button>
          <Button disabled={!dirty} onClick={() => setDraft(saved)}>
            {t('discard')}
          </Button>
          <span role="status" className="muted">
            {dirty ? t('unsaved') : ''}
          </span>
        </div>
      </form>
      <div className={styles.previews}>
        <h2>{t('preview.title')}</h2>
        {modes
          .filter((mode) => draft.modes[mode] || draft.modes.light === draft.modes.dark)
          .map((mode) => (
            <PortalPreview key={mode} draft={draft} mode={mode} name={project.name} logo={image('logo')} />
          ))}
      </div>
    </div>
  );
}
