import { describe, expect, it } from 'vitest';
import { planeConnection } from '../../../core/profiles/planeConnection.ts';
import { signBody } from '../../../core/profiles/signature.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { envelope } from './envelope.ts';

describe('PLANE_CONNECTION', () => {
  const event = envelope({ eventType: 'trip.created', data: '{ "n": 1.50 }' });
  const body = planeConnection.body(event);

  it('has id, event, timestamp with seconds and the data as it was written', () => {
    expect(body.toString()).toBe(
      '{"id":"0199a0c5-7d1c-7b2a-9d5e-3f1f0a6c2b11","event":"trip.created","timestamp":"2026-06-27T09:15:23Z","data":{ "n": 1.50 }}',
    );
  });

  it('names event, delivery and signature in its headers', () => {
    expect(
      signedHeaders(planeConnection, { envelope: event, body, secrets: ['s3cret'], attemptedAt: new Date() }),
    ).toEqual({
      'X-PlaneConnection-Event': 'trip.created',
      'X-PlaneConnection-Delivery': event.deliveryId,
      'X-PlaneConnection-Signature': signBody('s3cret', { body }).toString('hex'),
    });
  });
});
