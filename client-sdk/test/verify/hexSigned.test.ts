import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/parseJson.ts';
import * as verify from '../../src/verify/index.ts';

const secret = 'sëcret with a space';
const hex = (body: string | Uint8Array, by = secret) => createHmac('sha256', by).update(body).digest('hex');

interface System {
  readonly name: string;
  verify(request: verify.WebhookRequest, secrets: verify.Secrets): Promise<{ readonly data: unknown }>;
  readonly header: string;
  readonly others: Readonly<Record<string, string>>;
  form(digest: string): string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Each system's signature header as its document has it, around the digest, and an event of its form. */
const systems: readonly System[] = [
  {
    name: 'plane',
    verify: verify.plane,
    header: 'X-Plane-Signature',
    others: { 'X-Plane-Delivery': '0197a0a5-0000-7000-8000-000000000000' },
    form: (digest: string) => digest,
    event: { event: 'issue', action: 'create', webhook_id: 'w', workspace_id: 'o', data: { id: 'i' } },
  },
  {
    name: 'onplana',
    verify: verify.onplana,
    header: 'X-Onplana-Signature',
    others: {},
    form: (digest: string) => digest,
    event: {
      event: 'task.updated',
      timestamp: '2026-06-27T09:15:23Z',
      organization_id: 'o',
      project_id: null,
      delivery_id: 'd',
      data: {},
    },
  },
  {
    name: 'planeConnection',
    verify: verify.planeConnection,
    header: 'X-PlaneConnection-Signature',
    others: {},
    form: (digest: string) => digest,
    event: { id: 'd', event: 'trip.created', timestamp: '2026-06-27T09:15:23Z', data: {} },
  },
  {
    name: 'tasks',
    verify: verify.tasks,
    header: 'X-Webhook-Signature',
    others: {},
    form: (digest: string) => `sha256=${digest}`,
    event: { event: 'task.created', timestamp: '2026-06-27T09:15:23Z', webhook_id: 'w', data: {} },
  },
  {
    name: 'testplanit',
    verify: verify.testplanit,
    header: 'X-TestPlanIt-Signature',
    others: {},
    form: (digest: string) => `v1=${digest}`,
    event: { id: 'd', event: 'session.created', timestamp: '2026-06-27T09:15:23.000Z', project_id: 'p', data: {} },
  },
];

const reasonOf = (verification: Promise<unknown>) =>
  verification.then(
    () => 'accepted',
    (error: unknown) => (error instanceof verify.VerificationError ? error.reason : error),
  );

describe.each(systems)('$name', ({ verify: check, header, others, form, event }) => {
  const request = (body: string | Uint8Array, value: string | readonly string[] | undefined) => ({
    headers: { ...others, [header]: value },
    body,
  });
  const body = JSON.stringify(event);

  it('returns the event that Node’s crypto finds rightly signed, under any live secret', async () => {
    expect(await check(request(body, form(hex(body))), ['another', secret])).toMatchObject(event);
  });

  it('agrees with Node’s crypto on any data and secret', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ minLength: 1 }), async (data, by) => {
        const text = JSON.stringify({ ...event, data });
        const digest = hex(text, by);
        expect(timingSafeEqual(Buffer.from(digest, 'hex'), createHmac('sha256', by).update(text).digest())).toBe(true);
        expect((await check(request(Buffer.from(text), form(digest)), by)).data).toEqual(
          (parseJson(text) as { data: unknown }).data,
        );
      }),
      { numRuns: 50 },
    );
  });

  it.each(['text', '', 1.5, 0, true, false, null, [], {}])('takes data of any kind of JSON: %j', async (data) => {
    const text = JSON.stringify({ ...event, data });
    expect((await check(request(text, form(hex(text))), secret)).data).toEqual(data);
  });

  it('refuses a body altered by one byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (position, mask) => {
        const altered = Buffer.from(body);
        const at = position % altered.length;
        altered[at] = (altered[at] as number) ^ mask;
        expect(await reasonOf(check(request(altered, form(hex(body))), secret))).toBe('wrong_signature');
      }),
      { numRuns: 50 },
    );
  });

  it('accepts the digest in upper case, as Node’s own hex decoding does', async () => {
    expect(await check(request(body, form(hex(body).toUpperCase())), secret)).toMatchObject(event);
  });

  it.each([
    ['missing_header', undefined],
    ['missing_header', ''],
    ['duplicate_header', [form(hex(body)), form(hex(body))]],
    ['malformed_header', form(hex(body).slice(0, -2))],
    ['malformed_header', form(`${hex(body)}00`)],
    ['malformed_header', form(`${hex(body).slice(0, -1)}g`)],
    ['malformed_header', `md5=${hex(body)}`],
    ['wrong_signature', form(hex(body, 'wrong'))],
    ['wrong_signature', form('0'.repeat(64))],
  ])('refuses as %s a signature of %s', async (reason, value) => {
    expect(await reasonOf(check(request(body, value), secret))).toBe(reason);
  });

  it('refuses a rightly signed body that lacks a member', async () => {
    for (const name of Object.keys(event)) {
      const { [name]: _, ...rest } = event;
      const text = JSON.stringify(rest);
      expect(await reasonOf(check(request(text, form(hex(text))), secret))).toBe('malformed_body');
    }
  });

  it('refuses to work without a secret', async () => {
    expect(await reasonOf(check(request(body, form(hex(body))), ''))).toBe('invalid_secret');
    expect(await reasonOf(check(request(body, form(hex(body))), [secret, '']))).toBe('invalid_secret');
  });
});

describe('tasks', () => {
  const body = JSON.stringify(systems[3]?.event);

  it('accepts the bare hex that its own documented consumer compares with', async () => {
    const headers = { 'x-webhook-signature': hex(body) };
    expect(await verify.tasks({ headers, body }, secret)).toEqual(JSON.parse(body));
  });

  it('tells the id of its header, by which receivers deduplicate, and refuses two', async () => {
    const check = (id: string | string[]) =>
      verify.tasks({ headers: { 'x-webhook-signature': hex(body), 'x-webhook-delivery': id }, body }, secret);
    expect(await check('e-1')).toEqual({ ...JSON.parse(body), delivery_id: 'e-1' });
    expect(await reasonOf(check(['e-1', 'e-2']))).toBe('duplicate_header');
  });
});

describe('testplanit', () => {
  const body = JSON.stringify(systems[4]?.event);
  const check = (value: string, secrets: string | string[] = secret) =>
    reasonOf(verify.testplanit({ headers: { 'X-TestPlanIt-Signature': value }, body }, secrets));

  it('accepts any one of several signatures, whatever the place and the spaces', async () => {
    expect(await check(`v1=${hex(body, 'new')},v1=${hex(body)}`)).toBe('accepted');
    expect(await check(`v1=${hex(body)}, v1=${hex(body, 'new')}`)).toBe('accepted');
    expect(await check(`v2=${hex(body, 'new')},v1=${hex(body)}`)).toBe('accepted');
    expect(await check(`v1=${hex(body, 'new')},v1=${hex(body, 'old')}`)).toBe('wrong_signature');
    expect(await check(`v2=${hex(body)}`)).toBe('malformed_header');
    expect(await check(hex(body))).toBe('malformed_header');
  });
});
