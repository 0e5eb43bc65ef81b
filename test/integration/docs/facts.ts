import type { HealthPolicy, ProfileDefinition } from '../../../core/profiles/profile.ts';

/** What a profile declares, in the words of its page. */
export const factsOf = (profile: ProfileDefinition): [fact: string, value: string][] => [
  ['success', profile.isSuccess(204) ? 'any 2xx' : 'exactly 200'],
  ['retries after a failure', profile.scheduleMs.map(span).join(', ')],
  ['jitter', profile.jitter === 0 ? 'none' : `±${profile.jitter * 100} %`],
  ['timeout', `${profile.timeoutMs / 1000} s over the whole exchange`],
  ['`Retry-After`', profile.honoursRetryAfter ? 'honoured on 429 and 503' : 'recorded only'],
  ['health', health(profile.health)],
  ['rotation of the secret', rotations[profile.rotation]],
  ['URL', profile.url.host ? `https, host \`${profile.url.host}\`` : profile.url.schemes.join(' or ')],
  ['after create', profile.pingOnCreate ? `\`${profile.testEvent.type}\` at once` : 'nothing'],
];

const rotations = {
  TWO_SECRETS: 'two live secrets for a while',
  CUTOVER: 'at once',
  REFUSED: 'none: delete and create again',
} as const;

const span = (ms: number) => {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
};

function health(policy: HealthPolicy): string {
  if (policy.kind === 'BADGE_ONLY') return `a badge from ${policy.degradedAt} failures in a row on; never disabled`;
  const degraded = `DEGRADED at ${policy.degradedAt} failures in a row`;
  if (policy.kind === 'EXHAUSTED_DELIVERY') {
    return `${degraded}; DISABLED when a delivery has used up its retries and none succeeded meanwhile`;
  }
  return [
    degraded,
    ...(policy.disabledAt ? [`DISABLED at ${policy.disabledAt}`] : []),
    ...(policy.disabledAfterMs
      ? [`DISABLED after ${policy.disabledAfterMs / 86_400_000} days without one success`]
      : []),
    ...(policy.disabledOnCodes ? [`DISABLED at once by ${policy.disabledOnCodes.join(', ')}`] : []),
  ].join('; ');
}
