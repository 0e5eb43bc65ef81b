import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/parseJson.ts';
import {
  onplana,
  plane,
  planeConnection,
  type RawRequest,
  standard,
  tasks,
  testplanit,
  VerificationError,
  type VerificationFailure,
} from '../../src/verify/index.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const otherSecret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const now = new Date('2026-06-27T09:15:23Z');
const options = { now: () => now };
const payload = JSON.stringify({
  type: 'task.created',
  timestamp: '2026-06-27T09:15:23.000Z',
  data: { title: 'Änderung ✓' },
});

function signed(body: string, signedAt: Date = now, by: string = secret, id = 'msg_1') {
  return {
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
      'webhook-signature': new Webhook(by).sign(id, signedAt, body),
    } as Record<string, string>,
    body,
  };
}

async function reasonOf(verification: Promise<unknown>): Promise<VerificationFailure> {
  const error = await verification.then(
    () => expect.fail('was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(VerificationError);
  return (error as VerificationError).reason;
}

/** One for each profile. */
const checks: ((request: RawRequest, secrets: never) => Promise<unknown>)[] = [
  standard,
  onplana,
  plane,
  planeConnection,
  tasks,
  testplanit,
];

describe('standard', () => {
  it('finds the specification’s reference vector rightly signed', async () => {
    const request = {
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body: '{"test": 2432232314}',
    };
    const at = { now: () => new Date(1_614_265_330_000) };
    // The vector's body is no event, which is only looked at once the signature is good.
    expect(await reasonOf(standard(request, secret, at))).toBe('malformed_body');
    expect(await reasonOf(standard(request, otherSecret, at))).toBe('wrong_signature');
  });

  it('returns the event with the signed id, whatever id the body claims', async () => {
    const body = JSON.stringify({ ...JSON.parse(payload), id: 'forged' });
    expect(await standard(signed(body), secret, options)).toEqual({ ...JSON.parse(payload), id: 'msg_1' });
  });

  it('accepts what the published library signs, for any body, id, secret and time within the tolerance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.integer({ min: -300, max: 300 }),
        fc.uuid(),
        async (data, key, seconds, id) => {
          const by = `whsec_${Buffer.from(key).toString('base64')}`;
          const body = JSON.stringify({ type: 'a.b', timestamp: now.toISOString(), data });
          const request = signed(body, new Date(now.getTime() + seconds * 1000), by, id);
          const event = await standard(request, [otherSecret, by], options);
          expect(event).toEqual({ ...(parseJson(body) as object), id });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses every body that differs in one byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (position, mask) => {
        const body = Buffer.from(payload);
        const at = position % body.length;
        body[at] = (body[at] as number) ^ mask;
        expect(await reasonOf(standard({ ...signed(payload), body }, secret, options))).toBe('wrong_signature');
      }),
      { numRuns: 100 },
    );
  });

  it('takes headers and body in every form that servers hand them over in', async () => {
    const request = signed(payload);
    const upperCase = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const bytes = new TextEncoder().encode(payload);
    const padded = new Uint8Array([0, ...bytes, 0]).subarray(1, bytes.length + 1);
    const forms: RawRequest[] = [
      { headers: upperCase, body: bytes },
      { headers: new Headers(request.headers), body: Buffer.from(payload) },
      { headers: Object.entries(request.headers), body: bytes.buffer as ArrayBuffer },
      { headers: new Map(Object.entries(upperCase)), body: padded },
      { headers: { get: (name) => request.headers[name.toLowerCase()] ?? null }, body: payload },
      { headers: Object.fromEntries(Object.entries(request.headers).map(([n, v]) => [n, [v]])), body: payload },
    ];
    for (const form of forms) expect((await standard(form, secret, options)).type).toBe('task.created');
    const fetched = new Request('https://receiver.example/', { method: 'POST', ...request });
    expect((await standard(fetched, secret, options)).type).toBe('task.created');
    expect(await reasonOf(standard(fetched, secret, options))).toBe('malformed_request');
  });

  it('accepts either signature during a rotation, and passes over other schemes', async () => {
    const request = signed(payload);
    const both = `v1a,${randomBytes(64).toString('base64')} ${signed(payload, now, otherSecret).headers['webhook-signature']} ${request.headers['webhook-signature']}`;
    request.headers['webhook-signature'] = both;
    expect((await standard(request, secret, options)).type).toBe('task.created');
    expect((await standard(request, otherSecret, options)).type).toBe('task.created');
  });

  it('refuses what was signed outside the tolerance, on either side', async () => {
    const at = (seconds: number) => signed(payload, new Date(now.getTime() + seconds * 1000));
    await standard(at(-300), secret, options);
    expect(await reasonOf(standard(at(-301), secret, options))).toBe('timestamp_too_old');
    await standard(at(300), secret, options);
    expect(await reasonOf(standard(at(301), secret, options))).toBe('timestamp_too_new');
    await standard(at(-301), secret, { ...options, toleranceSeconds: 600 });
  });

  it.each<[string, VerificationFailure, (request: ReturnType<typeof signed>) => RawRequest]>([
    ['no id', 'missing_header', ({ headers, body }) => ({ headers: { ...headers, 'webhook-id': undefined }, body })],
    [
      'an empty signature',
      'missing_header',
      ({ headers, body }) => ({ headers: { ...headers, 'webhook-signature': '' }, body }),
    ],
    [
      'no timestamp',
      'missing_header',
      ({ headers, body }) => ({ headers: { ...headers, 'webhook-timestamp': [] }, body }),
    ],
    [
      'two ids',
      'duplicate_header',
      ({ headers, body }) => ({ headers: { ...headers, 'webhook-id': ['msg_1', 'msg_1'] }, body }),
    ],
    [
      'the id in two spellings',
      'duplicate_header',
      ({ headers, body }) => ({ headers: { ...headers, 'Webhook-Id': 'x' }, body }),
    ],
    [
      'a timestamp in milliseconds',
      'timestamp_too_new',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-timestamp': `${headers['webhook-timestamp']}000` },
        body,
      }),
    ],
    [
      'a timestamp with a fraction',
      'malformed_header',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-timestamp': `${headers['webhook-timestamp']}.0` },
        body,
      }),
    ],
    [
      'another timestamp',
      'wrong_signature',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
        body,
      }),
    ],
    [
      'another id',
      'wrong_signature',
      ({ headers, body }) => ({ headers: { ...headers, 'webhook-id': 'msg_2' }, body }),
    ],
    [
      'a signature without scheme',
      'malformed_header',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-signature': (headers['webhook-signature'] as string).slice(3) },
        body,
      }),
    ],
    [
      'a signature of scheme v2',
      'malformed_header',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-signature': (headers['webhook-signature'] as string).replace('v1', 'v2') },
        body,
      }),
    ],
    [
      'a truncated signature',
      'wrong_signature',
      ({ headers, body }) => ({
        headers: { ...headers, 'webhook-signature': (headers['webhook-signature'] as string).slice(0, -4) },
        body,
      }),
    ],
    [
      'an upper-cased signature',
      'wrong_signature',
      ({ headers, body }) => ({
        headers: {
          ...headers,
          'webhook-signature': `v1,${(headers['webhook-signature'] as string).slice(3).toUpperCase()}`,
        },
        body,
      }),
    ],
    ['a body with a byte order mark', 'wrong_signature', ({ headers, body }) => ({ headers, body: `\uFEFF${body}` })],
    ['a parsed body', 'malformed_request', ({ headers, body }) => ({ headers, body: JSON.parse(body) })],
  ])('refuses a request with %s', async (_, reason, tamper) => {
    expect(await reasonOf(standard(tamper(signed(payload)), secret, options))).toBe(reason);
  });

  it.each([
    ['that is no JSON', 'hello'],
    ['that is no object', '[]'],
    ['without a type', '{"timestamp":"t","data":1}'],
    ['without data', '{"type":"a","timestamp":"t"}'],
    ['whose type is inherited', '{"__proto__":{"type":"a"},"timestamp":"t","data":1}'],
  ])('refuses a rightly signed body %s', async (_, body) => {
    expect(await reasonOf(standard(signed(body), secret, options))).toBe('malformed_body');
  });

  it('refuses a rightly signed body that is not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const { headers } = signed(payload);
    const key = Buffer.from(secret.slice(6), 'base64');
    const signature = createHmac('sha256', key)
      .update(`msg_1.${headers['webhook-timestamp']}.`)
      .update(body)
      .digest('base64');
    headers['webhook-signature'] = `v1,${signature}`;
    expect(await reasonOf(standard({ headers, body }, secret, options))).toBe('malformed_body');
  });

  it.each([
    undefined,
    null,
    5,
    'x',
    {},
    { body: payload },
    { headers: null, body: payload },
    { headers: 'webhook-id: msg_1', body: payload },
  ])('says that %j is no request, in every profile', async (wrong) => {
    for (const check of checks)
      expect(await reasonOf(check(wrong as never, secret as never))).toBe('malformed_request');
  });

  it('leaves out what is no text among the headers, in every profile', async () => {
    const names = ['webhook-id', 'X-Onplana-Signature', 'X-Plane-Signature', 'X-Signature', 'x-webhook-signature'];
    const forms: unknown[] = [
      Object.fromEntries(names.map((name) => [name, 5])),
      Object.fromEntries(names.map((name) => [name, [null, {}]])),
      names.map((name) => [name, 5]),
      [undefined, 5, [], [5, 'x'], 'webhook-id'],
      new Map<unknown, unknown>([[Symbol('id'), 'x'], ...names.map((name): [unknown, unknown] => [name, 5])]),
      { get: () => 5 },
      { get: () => undefined },
      { get: 'x' },
    ];
    for (const headers of forms) {
      for (const check of checks) {
        expect(await reasonOf(check({ headers, body: payload } as never, secret as never))).toBe('missing_header');
      }
    }
    const { headers, body } = signed(payload);
    expect((await standard({ headers: { ...headers, 'x-other': 5 as never }, body }, secret, options)).type).toBe(
      'task.created',
    );
  });

  it.each([[''], ['whsec_'], ['whsec_no base64'], ['whsec_AB-_CD']])(
    'refuses the secret “%s”, without quoting it',
    async (bad) => {
      const error = await standard(signed(payload), bad, options).catch((thrown) => thrown);
      expect(error.reason).toBe('invalid_secret');
      if (bad.length > 6) expect(error.message).not.toContain(bad.slice(6));
      expect(await reasonOf(standard(signed(payload), [], options))).toBe('invalid_secret');
    },
  );

  it.each([
    [undefined, 'The secret is undefined'],
    [null, 'The secret is null'],
    [7, 'The secret is of type number'],
    [{ secret: 'x' }, 'The secret is of type object'],
    // biome-ignore lint/suspicious/noSparseArray: what a list of settings that are not all set may look like
    [[secret, , secret], 'Secret 2 of 3 is undefined'],
    [[secret, null], 'Secret 2 of 2 is null'],
    [[secret, ''], 'Secret 2 of 2 is empty'],
    [[], 'The list of secrets is empty'],
  ])('says what is wrong with a secret that is none, %o, in every profile', async (wrong, said) => {
    for (const check of checks) {
      const error = (await check(signed(payload), wrong as never).catch((thrown) => thrown)) as Error;
      expect(error).toMatchObject({ name: 'VerificationError', reason: 'invalid_secret' });
      expect(error.message).toContain(said);
    }
  });
});
