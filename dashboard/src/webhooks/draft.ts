import {
  type CreateWebhookInput,
  EverhookError,
  type HeaderInput,
  type Profile,
  type Webhook,
  type WebhookChanges,
} from '@everhook/sdk';
import { durationOf, typedDuration } from '../time/duration.ts';
import { wordsOf } from '../words/words.ts';
import { isSlackUrl, profileTexts } from './profiles.ts';

/** A request header. If the server hides its value, a placeholder stands for it until another is typed. */
export interface DraftHeader {
  readonly name: string;
  readonly value: string;
}

/** The form's content, as it is typed. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  /** Null: the project's. */
  readonly profile: Profile | null;
  /** Null: the whole organization. */
  readonly projectId: string | null;
  readonly eventTypes: readonly string[];
  readonly secret: string;
  readonly schedule: string;
  readonly timeout: string;
  readonly sendTraceparent: boolean;
  readonly headers: readonly DraftHeader[];
}

export type Problems = Readonly<Partial<Record<keyof Draft | 'form', string>>>;

export const emptyDraft = (projectId: string | null): Draft => ({
  name: '',
  description: '',
  url: '',
  profile: null,
  projectId,
  eventTypes: [],
  secret: '',
  schedule: '',
  timeout: '',
  sendTraceparent: true,
  headers: [],
});

export const draftOf = (webhook: Webhook): Draft => ({
  name: webhook.name,
  description: webhook.description ?? '',
  url: webhook.url,
  profile: webhook.profile,
  projectId: webhook.project?.id ?? null,
  eventTypes: webhook.eventTypes,
  secret: '',
  schedule: webhook.retrySchedule.map(typedDuration).join(', '),
  timeout: typedDuration(webhook.timeout),
  sendTraceparent: webhook.sendTraceparent,
  headers: webhook.headers,
});

/** The server's placeholder for a header's value. */
export const hiddenValue = '[redacted]';

/** The header names that RFC 9110 allows. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** The errors that can be found without the server. */
export function problemsOf(draft: Draft, before: Draft | null): Problems {
  const t = wordsOf('webhooks');
  const noName = draft.headers.find(({ name }) => !headerName.test(name));
  const stored = new Set(before?.headers.map(({ name }) => name.toLowerCase()));
  const misfit = draft.headers.find(({ name, value }) => value === hiddenValue && !stored.has(name.toLowerCase()));
  const noDelay = delaysOf(draft.schedule).find((delay) => durationOf(delay) === null);
  return {
    ...(draft.name.trim() === '' && { name: t('problems.noName') }),
    ...(!URL.canParse(draft.url) && { url: t('problems.noUrl') }),
    ...(noDelay !== undefined && {
      schedule: t('problems.noDelay', { text: noDelay.trim() }),
    }),
    ...(draft.timeout.trim() !== '' &&
      durationOf(draft.timeout) === null && {
        timeout: t('problems.noTime', { text: draft.timeout.trim() }),
      }),
    ...(noName && {
      headers: noName.name.trim() === '' ? t('problems.emptyHeader') : t('problems.noHeader', { text: noName.name }),
    }),
    ...(misfit && { headers: t('problems.headerValue', { text: misfit.name }) }),
  };
}

const delaysOf = (text: string): string[] => text.split(',').filter((part) => part.trim() !== '');

const scheduleOf = (text: string): string[] | null => {
  const delays = delaysOf(text).map(durationOf);
  return delays.includes(null) ? null : (delays as string[]);
};

export function creationOf(draft: Draft, organizationId: string): CreateWebhookInput {
  const profile = isSlackUrl(draft.url) ? 'SLACK' : draft.profile;
  const schedule = scheduleOf(draft.schedule) ?? [];
  const timeout = durationOf(draft.timeout);
  return {
    ...(draft.projectId === null ? { organizationId } : { projectId: draft.projectId }),
    name: draft.name.trim(),
    url: draft.url.trim(),
    eventTypes: draft.eventTypes,
    ...(draft.description.trim() !== '' && { description: draft.description.trim() }),
    ...(profile && { profile }),
    ...(draft.secret !== '' && profile && profileTexts[profile].ownSecret && { secret: draft.secret }),
    ...(schedule.length > 0 && { retrySchedule: schedule }),
    ...(timeout && { timeout }),
    ...(!draft.sendTraceparent && { sendTraceparent: false }),
    ...(draft.headers.length > 0 && { headers: draft.headers }),
  };
}

/** Only the changes: a redacted value must not be saved as it is shown. */
export function changesOf(draft: Draft, before: Draft): WebhookChanges {
  return {
    ...(draft.name !== before.name && { name: draft.name.trim() }),
    ...(draft.description !== before.description && { description: draft.description.trim() || null }),
    ...(draft.url !== before.url && { url: draft.url.trim() }),
    ...(draft.eventTypes !== before.eventTypes && { eventTypes: draft.eventTypes }),
    ...(draft.schedule !== before.schedule && {
      retrySchedule: draft.schedule.trim() === '' ? null : (scheduleOf(draft.schedule) ?? []),
    }),
    ...(draft.timeout !== before.timeout && { timeout: durationOf(draft.timeout) }),
    ...(draft.sendTraceparent !== before.sendTraceparent && { sendTraceparent: draft.sendTraceparent }),
    ...(draft.headers !== before.headers && {
      headers: draft.headers.map(
        ({ name, value }): HeaderInput => (value === hiddenValue ? { name } : { name, value }),
      ),
    }),
  };
}

const fields: readonly [RegExp, keyof Problems][] = [
  [/^input\.name/, 'name'],
  [/^input\.description/, 'description'],
  [/^input\.url/, 'url'],
  [/^input\.profile/, 'profile'],
  [/^input\.secret/, 'secret'],
  [/^input\.eventTypes/, 'eventTypes'],
  [/^input\.retrySchedule/, 'schedule'],
  [/^input\.timeout/, 'timeout'],
  [/^input\.headers/, 'headers'],
];

/** The server's error, at the field that it is about. */
export function problemsOfError(error: unknown): Problems {
  const message = error instanceof Error ? error.message : String(error);
  const field = error instanceof EverhookError ? error.field : undefined;
  const [, key] = fields.find(([pattern]) => field !== undefined && pattern.test(field)) ?? [null, 'form' as const];
  return { [key]: message };
}
