import { ApiError, invalid } from '../ground/errors.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import { profiles } from '../profiles/registry.ts';
import { checkUrl, hostOf, sentUrl, type UrlExemptions } from '../sender/url.ts';

const second = 1_000;
const mostDelays = 20;
const longestDelay = 7 * 86_400 * second;
const timeouts = { least: second, most: 60 * second };
const mostEventTypes = 500;

/** @returns the URL as it is sent. @throws ApiError VALIDATION_FAILED */
export function requireUrl(url: string, profile: ProfileDefinition, urlExemptions: UrlExemptions): string {
  const problem = checkUrl(url, profile.url, urlExemptions);
  if (problem) throw invalid('input.url', problem);
  return sentUrl(url);
}

/** The profile whose only host a URL names, if there is one: such a URL can be nothing else. */
export function profileOfHost(url: string): ProfileDefinition | null {
  if (!URL.canParse(url)) return null;
  const host = hostOf(new URL(url));
  return profiles.find((profile) => profile.url.host === host) ?? null;
}

/** @param delays - milliseconds */
export function requireSchedule(delays: readonly number[]): number[] {
  if (delays.length > mostDelays) {
    throw invalid('input.retrySchedule', `A schedule has at most ${mostDelays} delays.`);
  }
  delays.forEach((delay, index) => {
    if (delay <= 0 || delay > longestDelay) {
      throw invalid(`input.retrySchedule[${index}]`, 'A delay is longer than nothing and at most 7 days (P7D).');
    }
  });
  return [...delays];
}

/** @param timeout - milliseconds */
export function requireTimeout(timeout: number): number {
  if (timeout < timeouts.least || timeout > timeouts.most) {
    throw invalid('input.timeout', 'A timeout is 1 to 60 seconds (PT1S to PT1M).');
  }
  return timeout;
}

export function requireEventTypes(types: readonly string[]): string[] {
  const unique = [...new Set(types)];
  if (unique.length > mostEventTypes) {
    throw new ApiError(
      'LIMIT_EXCEEDED',
      `A webhook names at most ${mostEventTypes} types: name none to get all of them.`,
      'input.eventTypes',
    );
  }
  return unique;
}

/** A new secret of a webhook: the caller's own where the profile takes one. Null where the profile has none. */
export function secretFor(profile: ProfileDefinition, own: string | null, field = 'input.secret'): string | null {
  if (profile.secret === null) {
    if (own !== null) throw invalid(field, `Webhooks of the profile ${profile.name} have no secret.`);
    return null;
  }
  if (own === null) return profile.secret.generate();
  if (!profile.secret.check) {
    throw invalid(field, `The profile ${profile.name} makes its secrets itself: leave this out.`);
  }
  const problem = profile.secret.check(own);
  if (problem) throw invalid(field, problem);
  return own;
}
