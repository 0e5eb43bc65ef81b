import { describe, expect, it } from 'vitest';
import { signBody } from '../../../core/profiles/signature.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { testplanit } from '../../../core/profiles/testplanit.ts';
import { envelope } from './envelope.ts';

const headersOf = (event: ReturnType<typeof envelope>, secrets: string[]) =>
  signedHeaders(testplanit, { envelope: event, body: testplanit.body(event), secrets, attemptedAt: new Date() });

describe('TESTPLANIT', () => {
  it('has id, event, timestamp with milliseconds, project and the data as it was written', () => {
    const event = envelope({ eventType: 'test_run.completed', data: '{ "n": 1.50 }' });
    expect(testplanit.body(event).toString()).toBe(
      '{"id":"0199a0c5-7d1c-7b2a-9d5e-3f1f0a6c2b11","event":"test_run.completed","timestamp":"2026-06-27T09:15:23.456Z",' +
        '"project_id":"0199a0c5-0000-7000-8000-000000000002","data":{ "n": 1.50 }}',
    );
  });

  it('signs with every live secret, the newest first', () => {
    const event = envelope();
    const body = testplanit.body(event);
    expect(headersOf(event, ['new', 'old'])).toEqual({
      'X-TestPlanIt-Event': 'task.updated',
      'X-TestPlanIt-Delivery': event.deliveryId,
      'X-TestPlanIt-Signature': `v1=${signBody('new', { body }).toString('hex')},v1=${signBody('old', { body }).toString('hex')}`,
    });
    expect(headersOf(event, ['only'])['X-TestPlanIt-Signature']).toMatch(/^v1=[0-9a-f]{64}$/);
  });

  it('sends a test that is the same bytes and the same headers on every click', () => {
    const { type: eventType, data, occurredAt } = testplanit.testEvent;
    const clicks = ['one', 'two'].map((deliveryId) =>
      envelope({ eventType, data, occurredAt, deliveryId, eventId: deliveryId }),
    );
    const [first, second] = clicks.map((event) => ({ body: testplanit.body(event), headers: headersOf(event, ['s']) }));
    expect(first).toEqual(second);
  });
});
