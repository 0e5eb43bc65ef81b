import { maxDraw, type RetryTerms } from '../core/deliveries/nextAttempt.ts';
import type { FailedEntry, Failures } from '../core/deliveries/ownership.ts';
import { parseId } from '../core/ground/parseId.ts';

/*
 * Anybody at Temporal's command line can signal a workflow. A handler that throws, or a timer that Temporal refuses, would
 * fail the workflow's task again and again: so nothing malformed gets past here.
 */

/** No delay of a schedule is longer, and no look at the rows is further away. Milliseconds. */
const maxDelayMs = 30 * 86_400_000;

type Fields = { readonly [field: string]: unknown };

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isCount = (value: unknown, max = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

/** Whether a value is an id as the store writes it. */
export const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length === 36 && parseId(value) === value;

function isTerms(value: unknown): value is RetryTerms {
  if (!isRecord(value) || !Array.isArray(value.scheduleMs)) return false;
  const { scheduleMs, jitter } = value;
  return (
    typeof jitter === 'number' &&
    jitter >= 0 &&
    jitter <= 1 &&
    scheduleMs.every((delay) => typeof delay === 'number' && delay >= 0 && delay <= maxDelayMs)
  );
}

function isEntry(value: unknown, terms: readonly unknown[], now: number): value is FailedEntry {
  if (!Array.isArray(value)) return false;
  const [id, made, endedAt, askedMs, draw, index] = value;
  return (
    isId(id) &&
    isCount(made) &&
    isCount(endedAt, now + maxDelayMs) &&
    (askedMs === null || isCount(askedMs)) &&
    isCount(draw, maxDraw) &&
    isCount(index) &&
    isTerms(terms[index])
  );
}

/** The well-formed part of what was signalled as failures. */
export interface WellFormed {
  readonly failures: Omit<Failures, 'organizationId'> & { readonly organizationId: string | null };
  /** Whether that is all of it. */
  readonly isAll: boolean;
}

/**
 * Leaves out malformed entries of failures: the sweep brings their deliveries, if there are any.
 *
 * @param now - the workflow's time
 * @returns null if nothing of it can be read
 */
export function wellFormed(signalled: unknown, now: number): WellFormed | null {
  if (!isRecord(signalled) || !Array.isArray(signalled.list) || !Array.isArray(signalled.terms)) return null;
  const { organizationId, terms, slow, atOnce } = signalled;
  const list = signalled.list.filter((entry) => isEntry(entry, terms, now));
  const limit = isCount(atOnce) && atOnce > 0 ? atOnce : null;
  const owner = isId(organizationId) ? organizationId : null;
  return {
    failures: { organizationId: owner, terms, list, slow: slow === true, atOnce: limit },
    isAll:
      list.length === signalled.list.length &&
      owner === organizationId &&
      limit === (atOnce ?? null) &&
      (slow === undefined || typeof slow === 'boolean'),
  };
}

/** The ids in a signalled list; nothing where it is no list. */
export const idsOf = (signalled: unknown): string[] => (Array.isArray(signalled) ? signalled.filter(isId) : []);

/** How long a wake is to wait, in milliseconds: not at all where it does not say, and not longer than any delivery may. */
export const delayOf = (signalled: unknown): number =>
  typeof signalled === 'number' && signalled > 0 ? Math.min(signalled, maxDelayMs) : 0;
