import { type TrackedIssue, TrackerFailure } from './tracker.ts';

/** An API's answer for an issue, not validated yet: the client library's types only say what it should be. */
type ShownIssue = { readonly [Name in keyof TrackedIssue]: unknown };

/** @throws TrackerFailure where the answer lacks a field that is stored */
export function trackedIssue(shown: ShownIssue): TrackedIssue {
  return {
    key: text(shown.key, 'a key'),
    title: text(shown.title, 'a title'),
    state: text(shown.state, 'a state'),
    priority: shown.priority == null ? null : text(shown.priority, 'a priority'),
    assignee: shown.assignee == null ? null : text(shown.assignee, 'an assignee'),
    url: page(shown.url),
    changedAt: time(shown.changedAt, 'a time of change'),
  };
}

/** PostgreSQL cannot store U+0000. */
function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.includes('\0')) throw missing(what);
  return value;
}

/** Only http and https: people follow this link. */
function page(value: unknown): string {
  const url = text(value, 'a page');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw missing('a page');
  return url;
}

function time(value: unknown, what: string): Date {
  const at = typeof value === 'string' || value instanceof Date ? new Date(value) : null;
  if (at === null || Number.isNaN(at.getTime())) throw missing(what);
  return at;
}

const missing = (what: string) => new TrackerFailure(`The tracker shows the issue without ${what} that can be stored.`);
