import { invalid } from '../ground/errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { KeyRing } from '../secrets/keyRing.ts';

/**
 * What an answer needs to know of its request. The client brings it back, sealed: any API process can record the answer, also
 * another one than that which made the request.
 */
export interface RequestMade {
  readonly deliveryId: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Milliseconds since the epoch. The signatures depend on it. */
  readonly startedAt: number;
}

const context = (listenerId: string) => `listener_request:${listenerId}`;

export function receiptOf(keys: KeyRing, listenerId: string, { deliveryId, attempt, startedAt }: RequestMade): string {
  return keys.seal(JSON.stringify([deliveryId, attempt, startedAt]), context(listenerId)).toString('base64url');
}

/** @throws ApiError VALIDATION_FAILED unless it is a receipt of this listener */
export function requestMade(keys: KeyRing, listenerId: string, receipt: string, field: string): RequestMade {
  try {
    const [deliveryId, attempt, startedAt] = parseJson(
      keys.open(Buffer.from(receipt, 'base64url'), context(listenerId)),
    ) as [string, number, number];
    return { deliveryId, attempt, startedAt };
  } catch {
    throw invalid(field, 'This is no receipt of this listener: give back the one that came with the request.');
  }
}
