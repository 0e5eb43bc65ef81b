import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../../core/ground/version.ts';
import type { ProfileName } from '../../../core/profiles/profile.ts';
import { profileOf, profiles } from '../../../core/profiles/registry.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const names = profiles.map(({ name }) => name);
const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  secret testDelivery { id eventType isTest } webhook { id profile hasSecret } } }`;
const rotate = 'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret retiringSecretUntil } }';

interface Attempt {
  readonly outcome: string;
  readonly responseCode: number | null;
  readonly responseHeaders: { readonly name: string; readonly value: string }[] | null;
  readonly responseBody: string | null;
  readonly responseTruncated: boolean;
  readonly duration: string;
}
interface Logged {
  readonly id: string;
  readonly status: string;
  readonly attempts: Attempt[];
}

const bodies: Record<Exclude<ProfileName, 'SLACK'>, string[]> = {
  PLANE: ['event', 'action', 'webhook_id', 'workspace_id', 'data'],
  ONPLANA: ['event', 'timestamp', 'organization_id', 'project_id', 'delivery_id', 'data'],
  PLANE_CONNECTION: ['id', 'event', 'timestamp', 'data'],
  TASKS: ['event', 'timestamp', 'webhook_id', 'data'],
  TESTPLANIT: ['id', 'event', 'timestamp', 'project_id', 'data'],
  STANDARD: ['type', 'timestamp', 'data'],
};

const hex = /^[0-9a-f]{64}$/;
const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const signatures: Record<ProfileName, Record<string, RegExp>> = {
  PLANE: { 'x-plane-delivery': id, 'x-plane-event': /^thing$/, 'x-plane-signature': hex },
  ONPLANA: { 'x-onplana-event': /^thing.happened$/, 'x-onplana-signature': hex },
  PLANE_CONNECTION: {
    'x-planeconnection-event': /^thing.happened$/,
    'x-planeconnection-delivery': id,
    'x-planeconnection-signature': hex,
  },
  TASKS: {
    'x-webhook-signature': /^sha256=[0-9a-f]{64}$/,
    'x-webhook-id': id,
    'x-webhook-timestamp': /^\d{10}$/,
    'x-webhook-delivery': id,
  },
  TESTPLANIT: {
    'x-testplanit-event': /^thing.happened$/,
    'x-testplanit-delivery': id,
    'x-testplanit-signature': /^v1=[0-9a-f]{64}$/,
  },
  SLACK: {},
  STANDARD: { 'webhook-id': id, 'webhook-timestamp': /^\d{10}$/, 'webhook-signature': /^v1,[A-Za-z0-9+/]{43}=$/ },
};

// The rows of the contracts' table that a running API shows at once; those that take time are in test/workflow/contracts.test.ts.
describe('the row', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let receiver: Receiver;
  const webhooks = new Map<string, string>();

  const codes = [200, 201, 202, 204, 301, 302, 304, 400, 404, 429, 500, 503];

  beforeAll(async () => {
    receiver = await new Receiver(({ path }) => {
      const [, , what = ''] = path.split('/');
      if (what === 'never') return null;
      if (what === 'cap') return { code: 200, body: 'x'.repeat(100_000) };
      const headers = { location: `${receiver.url}followed`, 'retry-after': '120' };
      return { code: Number(what) || 200, headers };
    }).listen();
    api = await TestApi.start({ concurrency: { perProcess: 512, perWebhook: 16 } });
    tenant = await api.tenant('STANDARD');
    await api.eventType(tenant, 'thing.happened');
    // One event for a webhook of every profile and every answer; what never answers is waited for by the last test.
    for (const profile of names) {
      for (const what of [...codes, 'never', 'cap']) {
        const url = `${receiver.url}${profile}/${what}`;
        const input = { url, profile, eventTypes: ['thing.happened'], retrySchedule: [] };
        webhooks.set(`${profile}/${what}`, (await api.webhook(tenant, input)).id);
      }
    }
    const data = { id: 't1', name: 'A thing' };
    await api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [{ type: 'thing.happened', data }] },
    });
  });
  afterAll(async () => {
    await receiver.close();
    await api.close();
  });

  /** The delivery to a webhook, once it has ended. */
  async function endOf(webhookId: string | undefined): Promise<Logged> {
    const query = `query ($id: ID!) { deliveries(webhookId: $id) { edges { node { id status attempts {
      outcome responseCode responseHeaders { name value } responseBody responseTruncated duration } } } } }`;
    for (;;) {
      const { deliveries } = await api.data(tenant.key, query, { id: webhookId });
      const [edge] = deliveries.edges;
      if (edge && edge.node.status !== 'SENDING') return edge.node;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const received = (profile: ProfileName, code: number) => {
    const found = receiver.received.filter(
      ({ path, body }) => path === `/${profile}/${code}` && !body.includes('webhook.ping'),
    );
    expect(found).toHaveLength(1);
    return found[0] as (typeof found)[0];
  };

  it.each(names)('success of %s', async (profile) => {
    const wanted = profile === 'PLANE' ? [200] : [200, 201, 202, 204];
    const delivered: number[] = [];
    for (const code of codes) {
      const { status, attempts } = await endOf(webhooks.get(`${profile}/${code}`));
      expect(attempts).toHaveLength(1);
      expect(attempts[0]).toMatchObject({
        responseCode: code,
        outcome: status === 'DELIVERED' ? 'SUCCEEDED' : 'HTTP_ERROR',
      });
      expect(status).toBe(wanted.includes(code) ? 'DELIVERED' : 'FAILED');
      if (status === 'DELIVERED') delivered.push(code);
    }
    expect(delivered).toEqual(wanted);
    // A 3xx is never followed.
    expect(receiver.received.filter(({ path }) => path.startsWith('/followed'))).toEqual([]);
  });

  it.each(names)('body and headers of %s', async (profile) => {
    await endOf(webhooks.get(`${profile}/200`));
    const { headers, body } = received(profile, 200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': `Everhook/${version}` });
    for (const [name, form] of Object.entries(signatures[profile])) expect(headers[name], name).toMatch(form);
    expect(Object.keys(signatures[profile])).toEqual(profileOf(profile).ownedHeaders);
    const members = Object.keys(JSON.parse(body));
    expect(members).toEqual(profile === 'SLACK' ? ['text', 'blocks'] : bodies[profile]);
  });

  it.each(names)('Retry-After, recorded of %s', async (profile) => {
    const { attempts } = await endOf(webhooks.get(`${profile}/503`));
    expect(attempts[0]?.responseHeaders).toContainEqual({ name: 'retry-after', value: '120' });
  });

  it.each(names)('answers of %s: 64 KiB are kept, and what was cut is shown as cut', async (profile) => {
    const { attempts, status } = await endOf(webhooks.get(`${profile}/cap`));
    expect(status).toBe('DELIVERED');
    expect(attempts[0]).toMatchObject({ responseTruncated: true, responseBody: 'x'.repeat(64 * 1024) });
    expect((await endOf(webhooks.get(`${profile}/200`))).attempts[0]?.responseTruncated).toBe(false);
  });

  it.each(names)('after create of %s', async (profile) => {
    const input = { projectId: tenant.projectId, name: 'New', url: `${receiver.url}ping-${profile}`, profile };
    const { createWebhook } = await api.data(tenant.key, create, {
      input: { ...input, eventTypes: ['thing.happened'] },
    });
    if (profile !== 'ONPLANA') {
      expect(createWebhook.testDelivery).toBeNull();
      return;
    }
    expect(createWebhook.testDelivery).toMatchObject({ eventType: 'webhook.ping', isTest: true });
    expect(await endOf(createWebhook.webhook.id)).toMatchObject({ status: 'DELIVERED' });
    const pings = receiver.received.filter(({ path }) => path === '/ping-ONPLANA');
    expect(pings.map(({ headers, body }) => [headers['x-onplana-event'], JSON.parse(body).event])).toEqual([
      ['webhook.ping', 'webhook.ping'],
    ]);
  });

  it.each(['TESTPLANIT', 'SLACK'] as const)('test event of %s, byte-identical on every click', async (profile) => {
    const path = `test-${profile}`;
    const webhook = await api.webhook(tenant, {
      url: `${receiver.url}${path}`,
      profile,
      eventTypes: ['thing.happened'],
    });
    const click = 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { isTest } } }';
    const clicked = () => receiver.received.filter((request) => request.path === `/${path}`);
    for (let clicks = 1; clicks <= 2; clicks++) {
      await api.data(tenant.key, click, { id: webhook.id });
      while (clicked().length < clicks) await receiver.count(receiver.received.length + 1);
    }
    const [first, second] = clicked();
    expect(second?.body).toBe(first?.body);
    const own = (headers: typeof first) => profileOf(profile).ownedHeaders.map((name) => headers?.headers[name]);
    expect(own(second)).toEqual(own(first));
  });

  it('URL of PLANE_CONNECTION: https with a certificate that is publicly trusted, and no other', async () => {
    const pem = (name: string) => readFileSync(join(import.meta.dirname, '../sender/certificates', `${name}.pem`));
    let requests = 0;
    const selfMade = createServer({ key: pem('key'), cert: pem('trusted') }, (_, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => selfMade.listen(0, '127.0.0.1', resolve));
    try {
      const url = `https://127.0.0.1:${(selfMade.address() as AddressInfo).port}/`;
      const made = { url, profile: 'PLANE_CONNECTION', eventTypes: ['thing.happened'], retrySchedule: [] };
      const { id } = await api.webhook(tenant, made);
      await api.data(
        tenant.key,
        'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }',
        { id },
      );
      const { status, attempts } = await endOf(id);
      expect([status, attempts[0]?.outcome, requests]).toEqual(['FAILED', 'TLS_ERROR', 0]);
    } finally {
      selfMade.close();
    }
  });

  it.each(names)('rotation of %s', async (profile) => {
    const webhook = await api.webhook(tenant, { profile, eventTypes: ['thing.happened'] });
    const { rotation } = profileOf(profile);
    if (rotation === 'REFUSED') {
      const { code } = await api.refusal(tenant.key, rotate, { id: webhook.id });
      expect(code).toBe('CONFLICT');
      return;
    }
    const { rotateWebhookSecret } = await api.data(tenant.key, rotate, { id: webhook.id });
    expect(rotateWebhookSecret.secret).not.toBe(webhook.secret);
    const until = rotateWebhookSecret.retiringSecretUntil;
    if (rotation === 'CUTOVER') expect(until).toBeNull();
    else expect(Date.parse(until) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  });

  it.each(names)('secret of %s', async (profile) => {
    const input = { projectId: tenant.projectId, name: 'New', url: `${receiver.url}secret`, profile };
    const own = profile === 'STANDARD' ? 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' : 'sixteen-or-more!';
    const made = (await api.data(tenant.key, create, { input })).createWebhook;
    if (profile === 'SLACK') expect([made.secret, made.webhook.hasSecret]).toEqual([null, false]);
    else {
      expect(made.secret).toMatch(profile === 'STANDARD' ? /^whsec_[A-Za-z0-9+/]{43}=$/ : hex);
      expect(made.webhook.hasSecret).toBe(true);
    }
    const takesOwn = ['PLANE_CONNECTION', 'TASKS', 'STANDARD'].includes(profile);
    const given = { input: { ...input, secret: own } };
    if (takesOwn) expect((await api.data(tenant.key, create, given)).createWebhook.secret).toBe(own);
    else {
      const refusal = await api.refusal(tenant.key, create, given);
      expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.secret' });
    }
    for (const bad of ['q'.repeat(15), 'q'.repeat(257), '']) {
      const refusal = await api.refusal(tenant.key, create, { input: { ...input, secret: bad } });
      expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.secret' });
    }
  });

  // Last: by now most of the time is over.
  it.each(names)('timeout of %s', { timeout: 60_000 }, async (profile) => {
    const { status, attempts } = await endOf(webhooks.get(`${profile}/never`));
    expect(status).toBe('FAILED');
    expect(attempts[0]).toMatchObject({ outcome: 'TIMEOUT', responseCode: null });
    const seconds = Number(/^PT([\d.]+)S$/.exec(attempts[0]?.duration as string)?.[1]);
    const wanted = { PLANE: 30, STANDARD: 15 }[profile as string] ?? 10;
    expect(seconds).toBeGreaterThanOrEqual(wanted - 0.05);
    expect(seconds).toBeLessThan(wanted + 3);
  });
});

describe('events', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.close());

  const types = 'query ($id: ID!) { eventTypes(projectId: $id) { name category description schema example } }';

  it.each(profiles)(
    'of a project of $name are its catalogue, with schemas and examples, and the project’s own',
    async ({ name, catalogue }) => {
      const tenant = await api.tenant(name);
      await api.eventType(tenant, 'thing.happened');
      const { eventTypes } = await api.data(tenant.key, types, { id: tenant.projectId });
      const listed = eventTypes.filter((type: { name: string }) => !type.name.startsWith('everhook.'));
      expect(listed.map((type: { name: string }) => type.name)).toEqual([
        ...catalogue.map((type) => type.name),
        'thing.happened',
      ]);
      for (const [index, entry] of catalogue.entries()) expect(listed[index]).toEqual(entry);
      const events = catalogue.map(({ name: type, example: data }) => ({ type, data }));
      if (events.length > 0) await api.data(tenant.key, publish, { input: { projectId: tenant.projectId, events } });
    },
  );

  it('of an unknown type, or with data that breaks the schema, are refused with type and path, and none is stored', async () => {
    const tenant = await api.tenant('TASKS');
    const fine = { type: 'task.created', data: { id: 't1', name: 'Rig' } };
    const refusal = async (event: object) => {
      const input = { projectId: tenant.projectId, events: [fine, event] };
      const { errors } = await api.ask(tenant.key, publish, { input });
      return { ...errors?.[0]?.extensions, message: errors?.[0]?.message };
    };
    expect(await refusal({ ...fine, type: 'task.sunk' })).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.events[1].type',
      message: expect.stringContaining('There is no event type "task.sunk" here'),
    });
    expect(await refusal({ ...fine, data: { id: 't1' } })).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.events[1].data.name',
      message: expect.stringContaining('(Event type "task.created".)'),
    });
    expect(await refusal({ ...fine, data: { id: 't1', name: 'Rig', due_date: 'soon' } })).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.events[1].data.due_date',
    });
    const query = 'query ($id: ID!) { deliveries(projectId: $id) { edges { cursor } } }';
    expect((await api.data(tenant.key, query, { id: tenant.projectId })).deliveries.edges).toEqual([]);
  });

  it('with a number that no double holds are refused with its path', async () => {
    const tenant = await api.tenant('TASKS');
    const event = '{"type":"task.created","data":{"id":"t1","name":"Rig","estimates":[1,1e400]}}';
    const variables = `{"input":{"projectId":"${tenant.projectId}","events":[${event}]}}`;
    const { errors } = await api.post(`{"query":${JSON.stringify(publish)},"variables":${variables}}`, {
      authorization: `Bearer ${tenant.key}`,
    });
    expect(errors?.[0]?.extensions).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.events[0].data.estimates[1]',
    });
  });

  it('of all types reach a webhook that names none, those of types added later included', async () => {
    const tenant = await api.tenant('TASKS');
    const receiver = await new Receiver().listen();
    try {
      await api.webhook(tenant, { url: receiver.url });
      const send = (type: string) =>
        api.data(tenant.key, publish, {
          input: { projectId: tenant.projectId, events: [{ type, data: { id: 'x', name: 'X' } }] },
        });
      await send('task.created');
      await receiver.count(1);
      await api.eventType(tenant, 'thing.happened');
      await send('thing.happened');
      const received = await receiver.count(2);
      expect(received.map(({ body }) => JSON.parse(body).event)).toEqual(['task.created', 'thing.happened']);
    } finally {
      await receiver.close();
    }
  });
});
