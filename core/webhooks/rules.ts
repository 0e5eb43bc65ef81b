import { ApiError, invalid } from '../ground/errors.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import { profiles } from '../profiles/registry.ts';
import { checkUrl, hostOf, sentUrl, type UrlExemptions } from '../sender/url.ts';

const secondMs = 1_000;
const maxDelays = 20;
const maxDelayMs = 7 * 86_400 * secondMs;
const timeoutsMs = { min: secondMs, max: 60 * secondMs };
const maxEventTypes = 500;

/** @returns the URL as it is sent. @throws ApiError VALIDATION_FAILED */
export function requireUrl(url: string, profile: ProfileDefinition, urlExemptions: UrlExemptions): string {
  const problem = checkUrl(url, profile.url, urlExemptions);
  if (problem) throw invalid('input.url', problem);
  return sentUrl(url);
}

/** The profile that owns a URL's host, such as Slack's; null if there is none. */
export function profileOfHost(url: string): ProfileDefinition | null {
  if (!URL.canParse(url)) return null;
  const host = hostOf(new URL(url));
  return profiles.find((profile) => profile.url.host === host) ?? null;
}

/** @param delays - milliseconds */
export function requireSchedule(delays: readonly number[]): number[] {
  if (delays.length > maxDelays) {
    throw invalid('input.retrySchedule', `A retry schedule has at most ${maxDelays} delays.`);
  }
  delays.forEach((delay, index) => {
    if (delay <= 0 || delay > maxDelayMs) {
      throw invalid(`input.retrySchedule[${index}]`, 'A delay must be longer than 0 and at most 7 days (P7D).');
    }
  });
  return [...delays];
}

/** @param timeout - milliseconds */
export function requireTimeout(timeout: number): number {
  if (timeout < timeoutsMs.min || timeout > timeoutsMs.max) {
    throw invalid('input.timeout', 'A timeout must be 1 to 60 seconds (PT1S to PT1M).');
  }
  return timeout;
}

export function requireEventTypes(types: readonly string[]): string[] {
  const unique = [...new Set(types)];
  if (unique.length > maxEventTypes) {
    throw new ApiError(
      'LIMIT_EXCEEDED',
      `A webhook names at most ${maxEventTypes} event types: name none to receive all of them.`,
      'input.eventTypes',
    );
  }
  return unique;
}

/** A webhook's new secret: the caller's own, or a generated one. Null if the profile has no secrets. */
export function secretFor(profile: ProfileDefinition, own: string | null, field = 'input.secret'): string | null {
  if (profile.secret === null) {
    if (own !== null) throw invalid(field, `Webhooks of the profile ${profile.name} have no secret.`);
    return null;
  }
  if (own === null) return profile.secret.generate();
  if (!profile.secret.check) {
    throw invalid(field, `Secrets of the profile ${profile.name} are always generated: leave this out.`);
  }
  const problem = profile.secret.check(own);
  if (problem) throw invalid(field, problem);
  return own;
}
