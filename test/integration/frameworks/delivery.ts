import { newId } from '../../../core/ground/newId.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { signaturesOf } from '../../../core/profiles/signed.ts';

const profile = profileOf('STANDARD');
export const secret = profile.secret?.generate() as string;
/** What the receivers of these tests take at most. */
export const maxBytes = 64 * 1024;

/** A delivery as it leaves Everhook. */
export function delivery(data: string): { headers: Record<string, string>; body: Buffer } {
  const attemptedAt = new Date();
  const envelope = {
    ...{ deliveryId: newId(), eventId: newId(), organizationId: newId(), projectId: null, webhookId: newId() },
    ...{ eventType: 'order.paid', occurredAt: attemptedAt, data, previous: null },
  };
  const body = profile.body(envelope);
  const signatures = signaturesOf(profile, { envelope, body, attemptedAt }, [secret]);
  return { headers: profile.headers({ envelope, attemptedAt, signatures }), body };
}

export const post = async (url: string, headers: Record<string, string>, body: Buffer | string) =>
  fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) });

/** Posts a delivery. @param type - empty: none at all. @returns the status */
export async function deliver(url: string, data: string, type = 'application/json'): Promise<number> {
  const { headers, body } = delivery(data);
  return (await post(url, { ...headers, ...(type !== '' && { 'content-type': type }) }, body)).status;
}
