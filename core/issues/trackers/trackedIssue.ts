import { type TrackedIssue, TrackerFailure } from './tracker.ts';

/** An API's answer for an issue, not validated yet: the client library's types only say what it should be. */
type ShownIssue = { readonly [Name in keyof TrackedIssue]: unknown };

/**
 * Lengths in characters. A tracker may be a tenant's own server, and what is stored of its answer is read in lists and sent in events. What
 * names an issue is taken whole or not at all; of what describes it, the beginning is enough.
 */
const maxKey = 255;
const maxUrl = 2_048;
const maxText = 1_000;

/** @throws TrackerFailure where the answer lacks a field that is stored, or names the issue by a text that is too long */
export function trackedIssue(shown: ShownIssue): TrackedIssue {
  return {
    key: name(shown.key, 'a key', maxKey),
    title: beginning(shown.title, 'a title'),
    state: beginning(shown.state, 'a state'),
    priority: shown.priority == null ? null : beginning(shown.priority, 'a priority'),
    assignee: shown.assignee == null ? null : beginning(shown.assignee, 'an assignee'),
    url: page(shown.url),
    changedAt: time(shown.changedAt, 'a time of change'),
  };
}

/** PostgreSQL cannot store U+0000, nor half a surrogate pair. */
function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.includes('\0')) throw missing(what);
  return value.toWellFormed();
}

function name(value: unknown, what: string, most: number): string {
  const whole = text(value, what);
  if (whole.length <= most) return whole;
  throw new TrackerFailure(`The tracker shows the issue with ${what} of more than ${most} characters.`);
}

function beginning(value: unknown, what: string): string {
  const whole = text(value, what);
  if (whole.length <= maxText) return whole;
  // No half of a surrogate pair is left over.
  const cut = whole.slice(0, maxText);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** Only http and https: people follow this link. */
function page(value: unknown): string {
  const url = name(value, 'a page', maxUrl);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw missing('a page');
  return url;
}

function time(value: unknown, what: string): Date {
  const at = typeof value === 'string' || value instanceof Date ? new Date(value) : null;
  if (at === null || Number.isNaN(at.getTime())) throw missing(what);
  return at;
}

const missing = (what: string) => new TrackerFailure(`The tracker shows the issue without ${what} that can be stored.`);
