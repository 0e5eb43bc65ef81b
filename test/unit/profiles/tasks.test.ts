import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../core/json/parseJson.ts';
import { signBody } from '../../../core/profiles/signature.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { tasks } from '../../../core/profiles/tasks.ts';
import { envelope } from './envelope.ts';

describe('TASKS', () => {
  it('has event, timestamp with seconds, the webhook and data', () => {
    expect(tasks.body(envelope({ data: '{ "n": 1.50 }' })).toString()).toBe(
      '{"event":"task.updated","timestamp":"2026-06-27T09:15:23Z","webhook_id":"0199a0c5-0000-7000-8000-000000000003","data":{"n":1.5}}',
    );
  });

  it('has a body that JSON.stringify(JSON.parse(body)) reproduces, whatever was published', () => {
    const text = fc.oneof(
      fc.json(),
      fc.constantFrom(
        '{"2":0,"1":0,"a":1.0}',
        '{"__proto__":{"x":1},"a":1,"a":2}',
        '[-0.0,1E5,1e-7,0.1000]',
        '"\\ud800\\/\\u2028"',
      ),
    );
    fc.assert(
      fc.property(text, (data) => {
        const body = tasks.body(envelope({ data })).toString();
        expect(JSON.stringify(parseJson(body))).toBe(body);
      }),
    );
  });

  it('names the webhook, the event, the time of the attempt and the prefixed signature in its headers', () => {
    const event = envelope();
    const body = tasks.body(event);
    const headers = signedHeaders(tasks, {
      envelope: event,
      body,
      secrets: ['s3cret'],
      attemptedAt: new Date(1634234567_890),
    });
    expect(headers).toEqual({
      'X-Webhook-Signature': `sha256=${signBody('s3cret', { body }).toString('hex')}`,
      'X-Webhook-ID': event.webhookId,
      'X-Webhook-Timestamp': '1634234567',
      'X-Webhook-Delivery': event.eventId,
    });
  });
});
