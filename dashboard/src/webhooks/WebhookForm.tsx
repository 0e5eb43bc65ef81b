import type { CreatedWebhook, Profile, Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { Dialog } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import {
  changesOf,
  creationOf,
  type Draft,
  draftOf,
  emptyDraft,
  type Problems,
  problemsOf,
  problemsOfError,
} from './draft.ts';
import { EventTypePicker } from './EventTypePicker.tsx';
import { HeadersField } from './HeadersField.tsx';
import { isSlackUrl, profileHint, profileTexts } from './profiles.ts';
import { putWebhook, useEventTypes, webhooksChanged } from './queries.ts';
import styles from './webhooks.module.css';

interface FormProps {
  /** The webhook to edit; absent for a new one. */
  readonly webhook?: Webhook;
  onCreated?(created: CreatedWebhook): void;
  onClose(): void;
}

/** Creates a webhook, or changes one. */
export function WebhookForm({ webhook, onCreated, onClose }: FormProps) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const { organization, project, projects } = useScope();
  const reach = useReach('WEBHOOK_MANAGE');
  const queries = useQueryClient();
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [refused, setRefused] = useState(0);
  const [before] = useState<Draft | null>(webhook ? draftOf(webhook) : null);
  const [draft, setDraft] = useState<Draft>(() => before ?? emptyDraft(project?.id ?? reach.projects[0]?.id ?? null));
  const [problems, setProblems] = useState<Problems>({});
  const [more, setMore] = useState(false);
  const types = useEventTypes(draft.projectId);

  const set = (part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }));
    setProblems((now) => Object.fromEntries(Object.entries(now).filter(([key]) => !(key in part))));
  };
  /** Errors must not hide in a closed section. */
  const show = (found: Problems) => {
    setProblems(found);
    if (found.description || found.schedule || found.timeout || found.headers || found.secret) setMore(true);
    setRefused((count) => count + 1);
  };
  const slack = isSlackUrl(draft.url);
  const projectProfile = projects.find(({ id }) => id === draft.projectId)?.profile;
  const profile: Profile | undefined = slack ? 'SLACK' : (draft.profile ?? projectProfile ?? 'STANDARD');

  const format = profile && profileTexts[profile].ownSecret;

  const save = useMutation({
    mutationFn: async () => {
      if (webhook && before) putWebhook(queries, await client.webhooks.update(webhook.id, changesOf(draft, before)));
      else
        onCreated?.(await client.webhooks.create(creationOf({ ...draft, profile: profile ?? null }, organization.id)));
      // A secret that is shown once must not wait for a list.
      void webhooksChanged(queries);
    },
    onSuccess: onClose,
    onError: (error) => show(problemsOfError(error)),
  });
  // After a refusal, the focus goes to the first error.
  useEffect(() => {
    if (refused > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refused]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Submitting a form in a dialog must not submit the form of the page, too.
    event.stopPropagation();
    if (save.isPending) return;
    const found = problemsOf(draft, before);
    show(found);
    if (Object.keys(found).length === 0) save.mutate();
  };

  return (
    <Dialog
      title={webhook ? t('form.edit', { name: webhook.name }) : t('add')}
      shape="wide"
      isForm
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={formId} look="primary" aria-disabled={save.isPending}>
            {webhook ? t('form.save') : t('form.create')}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} className={styles.form} onSubmit={submit} noValidate>
        {problems.form && <Notice tone="bad">{problems.form}</Notice>}
        <TextField
          label={t('form.name')}
          problem={problems.name}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
        <TextField
          label={t('form.url')}
          type="url"
          inputMode="url"
          placeholder="https://example.com/hooks"
          problem={problems.url}
          hint={slack ? t('form.slack') : undefined}
          value={draft.url}
          onChange={(event) => set({ url: event.target.value })}
        />
        {!webhook && (
          <div className={styles.pair}>
            <SelectField
              label={t('form.eventsOf')}
              value={draft.projectId ?? ''}
              onChange={(event) => set({ projectId: event.target.value || null, eventTypes: [] })}
            >
              {reach.whole && <option value="">{t('form.organization')}</option>}
              {reach.projects.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={t('form.profile')}
              hint={profile && profileHint(profile)}
              problem={problems.profile}
              value={profile}
              disabled={slack}
              onChange={(event) => set({ profile: event.target.value as Profile })}
            >
              {Object.entries(profileTexts).map(([value, { name }]) => (
                <option key={value} value={value} disabled={value === 'SLACK' && !slack}>
                  {name}
                </option>
              ))}
            </SelectField>
          </div>
        )}
        <div className={controls.field}>
          <h3 className={controls.label}>{t('form.events')}</h3>
          {problems.eventTypes && <Notice tone="bad">{problems.eventTypes}</Notice>}
          <EventTypePicker types={types} selected={draft.eventTypes} onChange={(eventTypes) => set({ eventTypes })} />
        </div>
        <details className={styles.more} open={more} onToggle={(event) => setMore(event.currentTarget.open)}>
          <summary>{t('form.more')}</summary>
          <div className={styles.form}>
            <TextField
              label={t('form.description')}
              optional
              problem={problems.description}
              value={draft.description}
              onChange={(event) => set({ description: event.target.value })}
            />
            <div className={styles.pair}>
              <TextField
                label={t('form.retryAfter')}
                optional
                hint={t('form.retryHint')}
                problem={problems.schedule}
                value={draft.schedule}
                onChange={(event) => set({ schedule: event.target.value })}
              />
              <TextField
                label={t('form.timeout')}
                optional
                hint={t('form.timeoutHint')}
                problem={problems.timeout}
                value={draft.timeout}
                onChange={(event) => set({ timeout: event.target.value })}
              />
            </div>
            {!webhook && format && (
              <TextField
                label={t('form.ownSecret')}
                optional
                hint={t('form.ownSecretHint', { format: t(`ownSecrets.${format}`) })}
                type="password"
                autoComplete="off"
                problem={problems.secret}
                value={draft.secret}
                onChange={(event) => set({ secret: event.target.value })}
              />
            )}
            <SelectField
              label={t('form.traceparent')}
              hint={t('form.traceparentHint')}
              value={String(draft.sendTraceparent)}
              onChange={(event) => set({ sendTraceparent: event.target.value === 'true' })}
            >
              <option value="true">{t('form.traceparentSent')}</option>
              <option value="false">{t('form.traceparentNotSent')}</option>
            </SelectField>
            <HeadersField headers={draft.headers} problem={problems.headers} onChange={(headers) => set({ headers })} />
          </div>
        </details>
      </form>
    </Dialog>
  );
}
