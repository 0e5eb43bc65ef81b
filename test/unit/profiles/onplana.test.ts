import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../core/json/parseJson.ts';
import { onplana } from '../../../core/profiles/onplana.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { envelope } from './envelope.ts';

const bodyOf = (part: Parameters<typeof envelope>[0]) => onplana.body(envelope(part)).toString();
const diffOf = (previous: string, data: string) => JSON.parse(bodyOf({ previous, data })).data.diff;

describe('ONPLANA body', () => {
  it('holds event, timestamp with seconds, ids and the data as it was written', () => {
    expect(bodyOf({ eventType: 'task.created', data: '{ "n": 1.0 }' })).toBe(
      '{"event":"task.created","timestamp":"2026-06-27T09:15:23Z","organization_id":"0199a0c5-0000-7000-8000-000000000001",' +
        '"project_id":"0199a0c5-0000-7000-8000-000000000002","delivery_id":"0199a0c5-7d1c-7b2a-9d5e-3f1f0a6c2b11","data":{ "n": 1.0 }}',
    );
  });

  it('has a null project_id for an event of the organization', () => {
    expect(JSON.parse(bodyOf({ projectId: null })).project_id).toBeNull();
  });

  it('is the same bytes every time', () => {
    const event = envelope({ previous: '{"a":1}', data: '{"a":2}' });
    expect(onplana.body(event)).toEqual(onplana.body(event));
  });
});

describe('ONPLANA diff', () => {
  it('names every top-level field that changed, with both values', () => {
    expect(diffOf('{"id":1,"due":"a","tags":[1]}', '{"id":1,"due":"b","tags":[1,2]}')).toEqual({
      due: { before: 'a', after: 'b' },
      tags: { before: [1], after: [1, 2] },
    });
  });

  it('tells absent from null, on either side', () => {
    expect(diffOf('{"gone":null,"set":null}', '{"set":0,"new":null}')).toEqual({
      set: { before: null, after: 0 },
      new: { after: null },
      gone: { before: null },
    });
  });

  it('gives the whole of a nested value that changed within', () => {
    expect(diffOf('{"o":{"a":{"b":1},"c":2}}', '{"o":{"a":{"b":9},"c":2}}')).toEqual({
      o: { before: { a: { b: 1 }, c: 2 }, after: { a: { b: 9 }, c: 2 } },
    });
  });

  it('is empty when nothing changed but the spelling', () => {
    expect(diffOf('{"a":1.0,"o":{"x":1,"y":2},"s":"\\u0041"}', '{ "s":"A", "o":{"y":2, "x":1}, "a":1 }')).toEqual({});
  });

  it('keeps the digits of numbers in data and diff', () => {
    expect(bodyOf({ previous: '{"n":1.10}', data: '{"n":2.50,"m":1e3}' })).toContain(
      '"data":{"n":2.50,"m":1e3,"diff":{"n":{"before":1.10,"after":2.50},"m":{"after":1e3}}}}',
    );
  });

  it('takes the place of a diff that was published', () => {
    expect(diffOf('{"a":1,"diff":{}}', '{"diff":{"forged":true},"a":2}')).toEqual({ a: { before: 1, after: 2 } });
  });

  it.each([
    ['there is no previous', { data: '{"a":1}', previous: null }],
    ['the event is no update', { eventType: 'task.completed', data: '{"a":1}', previous: '{"a":0}' }],
    ['data is no object', { data: '[1]', previous: '{"a":0}' }],
    ['previous is no object', { data: '{"a":1}', previous: 'null' }],
  ])('is left out when %s', (_, part) => {
    expect(bodyOf(part)).toContain(`"data":${part.data}}`);
  });

  it('agrees with a comparison of the parsed values, for any two objects', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '0', 'é"'), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(object, object, fc.boolean(), (one, other, spaced) => {
        const data = JSON.stringify(other, null, spaced ? 2 : 0);
        const after = parseJson(data) as Record<string, unknown>;
        const before = parseJson(JSON.stringify(one)) as Record<string, unknown>;
        // biome-ignore lint/suspicious/noExplicitAny: a body of this profile
        const sent = (parseJson(bodyOf({ data, previous: JSON.stringify(one) })) as any).data;
        const { diff, ...rest } = sent;
        expect(rest).toEqual(after);
        for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
          const side = (name: string, from: object) =>
            Object.hasOwn(from, field) ? { [name]: from[field as never] } : {};
          const sides = { ...side('before', before), ...side('after', after) };
          const same =
            'before' in sides && 'after' in sides && JSON.stringify(sides.before) === JSON.stringify(sides.after);
          if (same) expect(Object.hasOwn(diff, field)).toBe(false);
          else if (Object.hasOwn(diff, field)) expect(diff[field]).toEqual(sides);
          else expect(sides.before).toEqual(sides.after);
        }
      }),
    );
  });
});

describe('ONPLANA signature', () => {
  /** The check that Onplana's guide gives to its users. */
  function verifyOnplanaWebhook(rawBody: Buffer, signatureHeader: string, secret: string) {
    const expected = createHmac('sha256', secret).update(rawBody).digest('hex');
    return timingSafeEqual(Buffer.from(signatureHeader, 'hex'), Buffer.from(expected, 'hex'));
  }

  it('passes the documented check, for any data and secret', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ minLength: 1, unit: 'grapheme' }), (data, secret) => {
        const event = envelope({ data });
        const body = onplana.body(event);
        const headers = signedHeaders(onplana, { envelope: event, body, secrets: [secret], attemptedAt: new Date() });
        expect(headers['X-Onplana-Event']).toBe('task.updated');
        expect(verifyOnplanaWebhook(body, headers['X-Onplana-Signature'] as string, secret)).toBe(true);
        expect(
          verifyOnplanaWebhook(
            Buffer.concat([body, Buffer.from(' ')]),
            headers['X-Onplana-Signature'] as string,
            secret,
          ),
        ).toBe(false);
      }),
    );
  });
});
