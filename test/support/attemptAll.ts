import { systemTime } from '../../core/deliveries/attempt.ts';
import { type AttemptParts, attemptSome } from '../../core/deliveries/attemptSome.ts';
import type { Attempted, AttemptSomeInput } from '../../core/deliveries/ownership.ts';
import { listWaiting } from '../../core/deliveries/waitingRows.ts';

const bounds = { time: systemTime, onProgress() {}, signal: new AbortController().signal };

/** Every waiting delivery of a webhook, as its workflow would have them attempted. */
export async function everythingOf(pool: AttemptParts['pool'], webhookId: string): Promise<AttemptSomeInput> {
  const waiting = await listWaiting(pool, { webhookId, from: null, until: null, most: 1_000 });
  return { webhookId, list: waiting.map(([id, made]) => [id, made + 1, 4, 0] as const), atOnce: null, last: false };
}

/** Attempts a list once, in this process. */
export const attemptList = (parts: AttemptParts, input: AttemptSomeInput, atMostMs = 20_000): Promise<Attempted> =>
  attemptSome(parts, input, { ...bounds, atMostMs });

/** Attempts every waiting delivery of a webhook once. */
export const attemptAll = async (parts: AttemptParts, webhookId: string): Promise<Attempted> =>
  attemptList(parts, await everythingOf(parts.pool, webhookId));
