import { randomUUID } from 'node:crypto';
import type { Place } from '../settings/connection.ts';
import { callRest } from '../settings/rest.ts';

export interface PublishedText {
  readonly id: string;
  readonly type: string;
}

/** Publishes an event whose data is given as JSON text, and stays so to the last digit. */
export async function publishText(
  place: Place,
  { type, data, labels }: { readonly type: string; readonly data: string; readonly labels: object | undefined },
): Promise<PublishedText> {
  const others = labels === undefined ? '' : `,"labels":${JSON.stringify(labels)}`;
  const answer = await callRest(place, '/v1/events', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: `{"type":${JSON.stringify(type)},"data":${data}${others}}`,
  });
  const { events } = JSON.parse(answer) as { events: [PublishedText] };
  return events[0];
}
