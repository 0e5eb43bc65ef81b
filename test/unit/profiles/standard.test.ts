import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../core/json/parseJson.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { standard } from '../../../core/profiles/standard.ts';
import { cpuNow } from '../../support/cpuClock.ts';
import { envelope } from './envelope.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('STANDARD', () => {
  it('signs the reference vector of the specification', () => {
    const headers = signedHeaders(standard, {
      envelope: envelope({ eventId: 'msg_p5jXN8AQM9LWM0D4loKWxJek' }),
      body: Buffer.from('{"test": 2432232314}'),
      secrets: [secret],
      attemptedAt: new Date(1614265330_000),
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is verified by the published library, with every live secret, whatever the data', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (data, eventType) => {
        const secrets = [standard.secret?.generate() as string, secret];
        const event = envelope({ data, eventType });
        const body = standard.body(event);
        const headers = signedHeaders(standard, { envelope: event, body, secrets, attemptedAt: new Date() });
        for (const live of secrets) {
          expect(new Webhook(live).verify(body, headers)).toEqual({
            type: eventType,
            timestamp: '2026-06-27T09:15:23.456Z',
            data: parseJson(data),
          });
        }
      }),
    );
  });

  it('is refused by the published library when the body was changed', () => {
    const body = standard.body(envelope());
    const headers = signedHeaders(standard, { envelope: envelope(), body, secrets: [secret], attemptedAt: new Date() });
    const changed = body.toString().replace('task_1', 'task_2');
    expect(() => new Webhook(secret).verify(changed, headers)).toThrow('No matching signature');
  });

  it('passes the data on as it was written', () => {
    const data = '{ "big": 1.10, "2": 0, "1": [1e2] }';
    expect(standard.body(envelope({ data })).toString()).toBe(
      `{"type":"task.updated","timestamp":"2026-06-27T09:15:23.456Z","data":${data}}`,
    );
  });

  it("accepts a caller's secret of 24 to 64 bytes in its format alone", () => {
    const check = standard.secret?.check as (secret: string) => string | null;
    const ofBytes = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    expect([24, 32, 64].map(ofBytes).map(check)).toEqual([null, null, null]);
    expect(check(ofBytes(25).replaceAll('=', ''))).toBeNull();
    for (const bad of [ofBytes(23), ofBytes(65), ofBytes(32).slice(6), `whsec_${'*'.repeat(40)}`, 'whsec_', '']) {
      expect(check(bad), bad).toMatch(/whsec_/);
    }
    expect(check(standard.secret?.generate() as string)).toBeNull();
    const began = cpuNow();
    expect(check(`whsec_${'='.repeat(200_000)}x`)).toMatch(/whsec_/);
    expect(cpuNow() - began).toBeLessThan(1_000);
  });
});
