/** What disabled a webhook. */
export type DisableCause = 'FAILED_IN_A_ROW' | 'FAILED_FOR_DAYS' | 'DELIVERY_GIVEN_UP' | 'RECEIVER';

/** The beginnings of the reasons that the database function `health_step` writes. */
const causes: readonly (readonly [pattern: RegExp, cause: DisableCause])[] = [
  [/^\d+ attempts in a row failed\.$/, 'FAILED_IN_A_ROW'],
  [/^Every attempt failed since /, 'FAILED_FOR_DAYS'],
  [/^A delivery failed for good/, 'DELIVERY_GIVEN_UP'],
  [/^The receiver answered /, 'RECEIVER'],
];

/** The cause that a reason in words stands for; null where it is none that is known. */
export const disableCauseOf = (reason: string | null): DisableCause | null =>
  causes.find(([pattern]) => reason !== null && pattern.test(reason))?.[1] ?? null;
