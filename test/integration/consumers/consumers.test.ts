import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileDefinition } from '../../../core/profiles/profile.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { type Consumer, startConsumer } from '../../consumers/consumer.ts';
import { expectToOutlive } from '../../support/brokenOff.ts';
import { envelope } from '../../unit/profiles/envelope.ts';

const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
afterAll(() => sender.close());

/** Data that serializers disagree on. */
const awkward = '{"id":"é😀\\u007f\\ud800","name":"\\/","n":[1.0,1E5,-0.0,1e-7,0.10],"2":0,"1":[],"o":{ "a":null }}';

interface Sent {
  readonly eventType: string;
  readonly data: string;
  readonly secrets: readonly string[];
  /** Changes the request after it was signed. */
  readonly tamper?: (request: { body: string; headers: Record<string, string> }) => void;
}

async function codeOf({ url }: Consumer, profile: ProfileDefinition, { eventType, data, secrets, tamper }: Sent) {
  const event = envelope({ eventType, data, previous: '{"id":"before"}' });
  const signed = profile.body(event);
  const headers = signedHeaders(profile, { envelope: event, body: signed, secrets, attemptedAt: new Date() });
  const request = { body: signed.toString(), headers };
  tamper?.(request);
  const exchange = await sender.send({
    url,
    headers: request.headers,
    body: Buffer.from(request.body),
    timeoutMs: 5000,
  });
  return exchange.responseCode;
}

describe.each([
  { name: 'PLANE', file: 'plane.py', refusal: 403 },
  { name: 'ONPLANA', file: 'onplana.mjs', refusal: 401 },
  { name: 'PLANE_CONNECTION', file: 'planeConnection.mjs', refusal: 401 },
  { name: 'TASKS', file: 'tasks.mjs', refusal: 401 },
  { name: 'TESTPLANIT', file: 'testplanit.mjs', refusal: 401 },
  { name: 'STANDARD', file: 'standard.mjs', refusal: 401 },
] as const)("$name's own consumer", ({ name, file, refusal }) => {
  const profile = profileOf(name);
  const generate = () => profile.secret?.generate() as string;
  const secret = generate();
  const signature = profile.ownedHeaders.find((header) => header.endsWith('signature')) as string;
  const genuine: Sent = { eventType: 'issue.create', data: awkward, secrets: [secret] };
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await startConsumer(file, secret);
  });
  afterAll(() => consumer.close());

  it('outlives requests that break off', () => expectToOutlive(consumer.url, refusal));

  it('accepts every event of the catalogue, and the test event', async () => {
    const events = [
      ...profile.catalogue.map(({ name: eventType, example }) => ({ eventType, data: JSON.stringify(example) })),
    ];
    const { type: eventType, data } = profile.testEvent;
    for (const event of [...events, { eventType, data }]) {
      expect(await codeOf(consumer, profile, { ...event, secrets: [secret] }), event.eventType).toBe(200);
    }
  });

  it('accepts data that serializers write differently', async () => {
    expect(await codeOf(consumer, profile, genuine)).toBe(200);
  });

  it('refuses a changed body', async () => {
    const tamper: Sent['tamper'] = (request) => {
      request.body = request.body.replace('"name"', '"nome"');
    };
    expect(await codeOf(consumer, profile, { ...genuine, tamper })).toBe(refusal);
  });

  it.each([
    ['changed', (value: string) => value.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['missing', () => ''],
    ['cut', (value: string) => value.slice(0, -2)],
  ])('refuses a %s signature', async (_, change) => {
    const tamper: Sent['tamper'] = ({ headers }) => {
      const header = Object.keys(headers).find((key) => key.toLowerCase() === signature) as string;
      headers[header] = change(headers[header] as string);
    };
    expect(await codeOf(consumer, profile, { ...genuine, tamper })).toBe(refusal);
  });

  it('refuses what another secret signed', async () => {
    expect(await codeOf(consumer, profile, { ...genuine, secrets: [generate()] })).toBe(refusal);
  });

  if (profile.rotation === 'TWO_SECRETS') {
    it('accepts while its secret retires and another is new', async () => {
      expect(await codeOf(consumer, profile, { ...genuine, secrets: [generate(), secret] })).toBe(200);
    });
  }
});
