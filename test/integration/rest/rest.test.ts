import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tasks } from '../../../client-sdk/src/verify/index.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { beyondRate } from '../../support/beyondRate.ts';
import { Receiver } from '../../support/receiver.ts';
import { DescribedApi } from './described.ts';

describe('the task API over REST', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let projectKey: string;
  let pool: pg.Pool;
  let rest: DescribedApi;
  // biome-ignore lint/suspicious/noExplicitAny: the document is validated as a whole.
  let description: any;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant('TASKS');
    projectKey = await api.key(tenant.key, { ...scope(), role: 'ADMIN' });
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    description = await (await fetch(`${api.url}/v1/openapi.json`)).json();
    rest = new DescribedApi(api.url, description);
  });
  afterAll(async () => {
    await pool?.end();
    await api?.close();
  });

  const scope = () => ({ organizationId: tenant.organizationId, projectId: tenant.projectId });
  const url = 'https://your-server.example/webhooks';
  const make = async (key = projectKey, body: object = {}) =>
    (await rest.call(key, 'POST', '/v1/webhooks', { url, ...body })).body;
  const countWebhooks = async () => (await pool.query('SELECT count(*)::int FROM webhook')).rows[0].count;

  it('is described by OpenAPI 3.1 that a validator accepts, the requests to receivers included', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(description));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(description).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(description.webhooks)).toHaveLength(15);
  });

  it('makes a webhook of the TASKS profile and tells its secret once', async () => {
    const before = await countWebhooks();
    const answer = await rest.call(projectKey, 'POST', '/v1/webhooks', {
      url,
      events: ['task.created', 'task.updated', 'task.completed'],
      secret: 'your_webhook_secret',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      url,
      name: 'your-server.example',
      events: ['task.created', 'task.updated', 'task.completed'],
      secret: 'your_webhook_secret',
      active: true,
      health: 'healthy',
      project_id: tenant.projectId,
    });
    expect(answer.headers.get('location')).toBe(`/v1/webhooks/${answer.body.id}`);
    expect(await countWebhooks()).toBe(before + 1);
    const again = await rest.call(projectKey, 'GET', `/v1/webhooks/${answer.body.id}`);
    expect(JSON.stringify(again.body)).not.toContain('your_webhook_secret');
    const { webhook } = await api.data(tenant.key, 'query ($id: ID!) { webhook(id: $id) { profile eventTypes } }', {
      id: answer.body.id,
    });
    expect(webhook).toEqual({ profile: 'TASKS', eventTypes: ['task.created', 'task.updated', 'task.completed'] });
  });

  it('delivers what is published, as its verifier accepts it, and shows the delivery', async () => {
    const receiver = await new Receiver((_, count) => (count === 1 ? 200 : { code: 500, body: 'no' })).listen();
    const { id, secret } = await make(projectKey, { url: receiver.url, events: ['task.deleted'] });
    const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
    const events = [{ type: 'task.deleted', data: { id: 'task_1', name: 'Rig' } }];
    const list = async (status: string) => {
      for (;;) {
        const { body } = await rest.call(projectKey, 'GET', `/v1/webhooks/${id}/deliveries`);
        if (body.data[0]?.status === status && body.data[0].response_code !== null) return body;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await api.data(projectKey, publish, { input: { projectId: tenant.projectId, events } });
    const [received] = await receiver.count(1);
    expect(await tasks(received as never, secret)).toMatchObject({ event: 'task.deleted', webhook_id: id });
    const first = await list('success');
    expect(first).toEqual({
      data: [
        {
          id: expect.any(String),
          event: 'task.deleted',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          status: 'success',
          response_code: 200,
          response_time_ms: expect.any(Number),
        },
      ],
      next_cursor: null,
    });
    const test = await rest.call(projectKey, 'POST', `/v1/webhooks/${id}/test`);
    expect(test).toMatchObject({ status: 202, body: { event: 'webhook.test' } });
    await receiver.count(2);
    expect((await list('pending')).data[0]).toMatchObject({ id: test.body.id, response_code: 500 });
    const firstPage = (await rest.call(projectKey, 'GET', `/v1/webhooks/${id}/deliveries?limit=1`)).body;
    expect(firstPage.data.map((delivery: { id: string }) => delivery.id)).toEqual([test.body.id]);
    const next = `/v1/webhooks/${id}/deliveries?limit=1&cursor=${firstPage.next_cursor}`;
    expect((await rest.call(projectKey, 'GET', next)).body).toEqual(first);
    await receiver.close();
  });

  it('shows the code of every answer that HTTP can have', async () => {
    const receiver = await new Receiver(() => 799).listen();
    const { id } = await make(projectKey, { url: receiver.url, events: ['task.deleted'] });
    await rest.call(projectKey, 'POST', `/v1/webhooks/${id}/test`);
    await receiver.count(1);
    const codes = async () => {
      const { body } = await rest.call(projectKey, 'GET', `/v1/webhooks/${id}/deliveries`);
      return body.data.map(({ response_code }: { response_code: number }) => response_code);
    };
    await expect.poll(codes).toEqual([799]);
    await receiver.close();
  });

  it('makes one webhook for each Idempotency-Key, and tells its secret again to who made it', async () => {
    const header = { 'idempotency-key': 'book-keeping' };
    const body = { url, name: 'Book-keeping', events: ['task.created'] };
    const create = (given: object = body, by = projectKey) => rest.call(by, 'POST', '/v1/webhooks', given, header);
    const before = await countWebhooks();
    const [first, second] = await Promise.all([create(), create()]);
    expect(first?.status).toBe(201);
    expect([second?.status, second?.body]).toEqual([201, first?.body]);
    await rest.call(projectKey, 'PATCH', `/v1/webhooks/${first?.body.id}`, { name: 'Renamed' });
    expect((await create()).body).toEqual(first?.body);
    expect(await countWebhooks()).toBe(before + 1);
    for (const other of [{ ...body, name: 'Other' }, { ...body, secret: 'another_secret_of_mine' }, { url }]) {
      expect((await create(other)).body).toMatchObject({ status: 409, code: 'CONFLICT', field: 'Idempotency-Key' });
    }
    const kept = await pool.query('SELECT result::text AS result FROM action_key WHERE key = $1', ['book-keeping']);
    expect(kept.rows[0].result).not.toContain(first?.body.secret);
    // A key is its caller's own.
    expect((await create(body, tenant.key)).body.id).not.toBe(first?.body.id);
    const own = { ...body, secret: 'a_secret_of_my_own' };
    const mine = await rest.call(projectKey, 'POST', '/v1/webhooks', own, { 'idempotency-key': 'own' });
    const again = await rest.call(projectKey, 'POST', '/v1/webhooks', own, { 'idempotency-key': 'own' });
    expect(again.body).toEqual(mine.body);
    const another = { ...own, secret: 'a_secret_of_others' };
    const refused = await rest.call(projectKey, 'POST', '/v1/webhooks', another, { 'idempotency-key': 'own' });
    expect(refused.body).toMatchObject({ status: 409, field: 'Idempotency-Key' });
    await rest.call(projectKey, 'DELETE', `/v1/webhooks/${mine.body.id}`);
    const gone = await rest.call(projectKey, 'POST', '/v1/webhooks', own, { 'idempotency-key': 'own' });
    expect(gone.body).toMatchObject({ status: 409, field: 'Idempotency-Key' });
  });

  it('tests and enables once for each Idempotency-Key', async () => {
    const { id } = await make();
    const act = (action: string, key: string) =>
      rest.call(projectKey, 'POST', `/v1/webhooks/${id}/${action}`, undefined, { 'idempotency-key': key });
    const [first, second] = await Promise.all([act('test', 'try'), act('test', 'try')]);
    expect([first?.status, second?.body]).toEqual([202, first?.body]);
    expect((await act('test', 'try again')).body.id).not.toBe(first?.body.id);
    expect((await rest.call(projectKey, 'GET', `/v1/webhooks/${id}/deliveries`)).body.data).toHaveLength(2);
    await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, { active: false });
    const enabled = await act('enable', 'on');
    expect(enabled.body).toMatchObject({ active: true });
    await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, { active: false });
    expect((await act('enable', 'on')).body).toEqual(enabled.body);
    expect((await rest.call(projectKey, 'GET', `/v1/webhooks/${id}`)).body).toMatchObject({ active: false });
    expect((await act('enable', 'try')).body).toMatchObject({ status: 409, field: 'Idempotency-Key' });
  });

  it('changes what is named and leaves the rest', async () => {
    const { id, secret: _, ...before } = await make();
    const changed = await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, { active: false, description: 'Off' });
    expect(changed.body).toEqual({ ...before, id, active: false, description: 'Off' });
    const more = { url: 'https://other.example/', events: ['user.added'], name: 'Other', description: null };
    const again = await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, more, {
      'content-type': 'application/merge-patch+json',
    });
    expect(again.body).toEqual({ ...before, id, ...more, active: false });
    expect((await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, {})).body).toEqual(again.body);
  });

  it('makes a webhook switched off, and changes and switches one in one step', async () => {
    const made = await rest.call(projectKey, 'POST', '/v1/webhooks', { url, active: false });
    expect(made).toMatchObject({ status: 201, body: { active: false } });
    const path = `/v1/webhooks/${made.body.id}`;
    expect((await rest.call(projectKey, 'GET', path)).body).toMatchObject({ active: false });
    await rest.call(projectKey, 'PATCH', path, { active: true, description: 'On' });
    const changed = await rest.call(projectKey, 'PATCH', path, { active: false, description: 'Off' });
    expect(changed.body).toMatchObject({ active: false, description: 'Off' });
    const { rows } = await pool.query('SELECT action FROM audit_event WHERE target_id = $1 ORDER BY id', [
      made.body.id,
    ]);
    expect(rows.map(({ action }) => action)).toEqual(['webhook.created', 'webhook.updated', 'webhook.updated']);
  });

  it('enables what failures disabled and what somebody switched off', async () => {
    const { id } = await make();
    await pool.query(
      `UPDATE webhook_state SET health = 'DISABLED', health_reason = 'x', consecutive_failures = 4 WHERE webhook_id = $1`,
      [id],
    );
    await rest.call(projectKey, 'PATCH', `/v1/webhooks/${id}`, { active: false });
    const off = (await rest.call(projectKey, 'GET', `/v1/webhooks/${id}`)).body;
    expect(off).toMatchObject({ active: false, health: 'disabled', consecutive_failures: 4 });
    for (const body of [undefined, {}]) {
      const answer = await rest.call(projectKey, 'POST', `/v1/webhooks/${id}/enable`, body);
      expect(answer.body).toMatchObject({
        active: true,
        health: 'healthy',
        health_reason: null,
        consecutive_failures: 0,
      });
    }
  });

  it('deletes: the webhook is gone for every request', async () => {
    const { id } = await make();
    const gone = await rest.call(projectKey, 'DELETE', `/v1/webhooks/${id}`);
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { active: true }],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/enable'],
      ['GET', '/deliveries'],
    ] as const) {
      const answer = await rest.call(projectKey, method, `/v1/webhooks/${id}${path}`, body);
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
  });

  it('lists page by page, the newest first, each webhook once', async () => {
    const own = await api.tenant('TASKS');
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.unshift((await make(own.key, { project_id: own.projectId })).id);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await rest.call(own.key, 'GET', `/v1/webhooks?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(seen).toEqual(made);
    expect((await rest.call(own.key, 'GET', `/v1/webhooks?project_id=${own.projectId}`)).body.data).toHaveLength(5);
  });

  it('lists the deliveries of events that have all of the named labels', async () => {
    const own = await api.tenant('TASKS');
    const { id } = await make(own.key, { project_id: own.projectId, events: ['task.deleted'] });
    const labelled = [{ customer: 'c:42' }, { customer: 'c:42', plan: 'pro' }, { plan: 'pro' }, {}];
    const published = await rest.call(
      own.key,
      'POST',
      `/v1/events?projectId=${own.projectId}`,
      labelled.map((labels, n) => ({ type: 'task.deleted', data: { id: `task_${n}`, name: 'Rig' }, labels })),
    );
    expect(published.status).toBe(201);
    const list = async (query: string) => rest.call(own.key, 'GET', `/v1/webhooks/${id}/deliveries?limit=2${query}`);
    const counted = async (query: string) => (await list(query)).body.data.length;
    const { body } = await list('&label=customer:c:42');
    expect(body).toMatchObject({ data: [{ event: 'task.deleted' }, { event: 'task.deleted' }], next_cursor: null });
    expect(await counted('&label=plan:pro&label=customer:c:42')).toBe(1);
    expect(await counted('&label=plan:free')).toBe(0);
    const first = (await list('&label=plan:pro&limit=1')).body;
    expect(first).toMatchObject({ field: 'limit' });
    const page = async (cursor: string | null) =>
      (
        await rest.call(
          own.key,
          'GET',
          `/v1/webhooks/${id}/deliveries?limit=1&label=plan:pro${cursor === null ? '' : `&cursor=${cursor}`}`,
        )
      ).body;
    const one = await page(null);
    const two = await page(one.next_cursor);
    expect([one.data.length, two.data.length, two.next_cursor]).toEqual([1, 1, null]);
    expect(two.data[0].id).not.toBe(one.data[0].id);
    expect((await list('&label=customer')).body).toMatchObject({ status: 400, field: 'label' });
    expect((await list('&label=Customer:c_42')).body).toMatchObject({ status: 400, field: 'label[0].key' });
  });

  it('takes the project from the key, from "project_id", or is for the whole organization', async () => {
    expect((await make(projectKey)).project_id).toBe(tenant.projectId);
    expect((await make(tenant.key, { project_id: tenant.projectId })).project_id).toBe(tenant.projectId);
    expect((await make(tenant.key)).project_id).toBeNull();
    expect((await make(operatorKey, { project_id: tenant.projectId })).project_id).toBe(tenant.projectId);
    const answer = await rest.call(operatorKey, 'POST', '/v1/webhooks', { url });
    expect(answer.body).toMatchObject({ status: 400, field: 'project_id' });
  });

  it('shows no webhook of another tenant, project or profile', async () => {
    const other = await api.tenant('TASKS');
    const [mine, theirs] = [await make(), await make(other.key, { project_id: other.projectId })];
    const standard = await api.webhook(tenant, { url, profile: 'STANDARD' });
    const wide = await make(tenant.key);
    for (const [key, id] of [
      [projectKey, theirs.id],
      [other.key, mine.id],
      [projectKey, standard.id],
      [projectKey, wide.id],
      [projectKey, 'not-an-id'],
    ] as const) {
      for (const path of ['', '/deliveries'] as const) {
        const answer = await rest.call(key, 'GET', `/v1/webhooks/${id}${path}`);
        expect(answer.body).toMatchObject({ status: 404, code: 'NOT_FOUND', field: 'id' });
      }
      for (const path of ['/test', '/enable'])
        expect((await rest.call(key, 'POST', `/v1/webhooks/${id}${path}`)).status).toBe(404);
      expect((await rest.call(key, 'DELETE', `/v1/webhooks/${id}`)).status).toBe(404);
    }
    const foreign = await rest.call(projectKey, 'POST', '/v1/webhooks', { url, project_id: other.projectId });
    expect(foreign.body).toMatchObject({ status: 404, field: 'project_id' });
    const { body } = await rest.call(other.key, 'GET', '/v1/webhooks?limit=100');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([theirs.id]);
  });

  it('does for a key what its permissions allow, as GraphQL does', async () => {
    const viewer = await api.key(tenant.key, { ...scope(), role: 'VIEWER' });
    const publisher = await api.key(tenant.key, { ...scope(), permissions: ['EVENT_PUBLISH'] });
    const { id } = await make();
    expect((await rest.call(viewer, 'GET', `/v1/webhooks/${id}`)).status).toBe(200);
    const refused = [
      ['POST', '/v1/webhooks', { url }],
      ['PATCH', `/v1/webhooks/${id}`, { active: false }],
      ['PATCH', `/v1/webhooks/${id}`, { name: 'Mine' }],
      ['DELETE', `/v1/webhooks/${id}`],
      ['POST', `/v1/webhooks/${id}/test`],
      ['POST', `/v1/webhooks/${id}/enable`],
    ] as const;
    for (const [method, path, body] of refused) {
      const answer = await rest.call(viewer, method, path, body);
      expect(answer.body, `${method} ${path}`).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
    for (const path of [`/v1/webhooks/${id}`, '/v1/webhooks']) {
      const answer = await rest.call(publisher, 'GET', path);
      expect(answer.body, path).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
    expect((await rest.call(projectKey, 'GET', `/v1/webhooks/${id}`)).body).toMatchObject({ active: true });
  });

  describe('publishes events', () => {
    let paid: TestTenant;
    let key: string;
    beforeAll(async () => {
      paid = await api.tenant();
      const data = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
      await api.eventType(paid, 'order.paid', data);
      await api.eventType(paid, 'order.sent');
      key = await api.key(paid.key, { ...scopeOf(paid), permissions: ['EVENT_PUBLISH'] });
    });

    const scopeOf = ({ organizationId, projectId }: TestTenant) => ({ organizationId, projectId });
    const publish = (body: unknown, headers: Record<string, string> = {}, query = '', by = key) =>
      rest.call(by, 'POST', `/v1/events${query}`, body, headers);
    const stored = async () =>
      (
        await pool.query(
          'SELECT id, project_id, type, data::text AS data FROM event WHERE organization_id = $1 ORDER BY id',
          [paid.organizationId],
        )
      ).rows;

    it('one by one curl, whose data arrives to the byte', async () => {
      const receiver = await new Receiver(() => 200).listen();
      const { id } = await api.webhook(paid, { url: receiver.url, eventTypes: ['order.paid'] });
      const data = '{"z":1.10,"n":2.50,"2":"first","1":"second","é":"\\u00e9"}';
      const sent = await promisify(execFile)('curl', [
        ...['--silent', '--fail-with-body', `${api.url}/v1/events`, '--header', `Authorization: Bearer ${key}`],
        ...['--json', `{"type": "order.paid", "data": ${data}, "occurredAt": "2026-06-27T09:15:23Z"}`],
      ]);
      const { events } = JSON.parse(sent.stdout);
      expect(events).toEqual([
        {
          id: expect.any(String),
          type: 'order.paid',
          occurredAt: '2026-06-27T09:15:23.000Z',
          createdAt: expect.any(String),
        },
      ]);
      const [received] = await receiver.count(1);
      expect(String(received?.body)).toContain(`"data":${data}`);
      expect((await stored()).at(-1)).toMatchObject({ id: events[0].id, project_id: paid.projectId, data });
      await receiver.close();
      await api.data(paid.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id,
      });
    });

    it('long lists twelve at once for an organization: the others wait unread, and hold up nobody else', async () => {
      const long = (type: string) =>
        Array.from({ length: 100 }, (_, n) => ({ type, data: { n, text: 'x'.repeat(50) } }));
      const other = await api.tenant();
      await api.eventType(other, 'order.paid');
      const before = (await stored()).length;
      const holder = await pool.connect();
      let isRead = false;
      try {
        await holder.query('BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE');
        const lists = Array.from({ length: 24 }, () => publish(long('order.sent')));
        expect((await rest.call(projectKey, 'GET', '/v1/webhooks')).status).toBe(200);
        // An unknown type is refused without the table that is locked, as soon as the list is read.
        const waiting = publish(long('order.unknown')).finally(() => {
          isRead = true;
        });
        expect((await publish(long('order.unknown'), {}, '', other.key)).status).toBe(400);
        expect((await publish({ type: 'order.unknown', data: {} })).status).toBe(400);
        expect(isRead).toBe(false);
        await holder.query('ROLLBACK');
        expect((await Promise.all(lists)).map(({ status }) => status)).toEqual(Array(24).fill(201));
        expect((await waiting).status).toBe(400);
      } finally {
        holder.release(true);
      }
      expect(await stored()).toHaveLength(before + 2_400);
    });

    it('a list at once, all or none, in its order', async () => {
      const before = (await stored()).length;
      const list = [
        { type: 'order.paid', data: { n: 1 } },
        { type: 'order.sent', data: { n: 2 }, previous: { n: 1 }, labels: { order: 'o_2', customer: 'c_42' } },
      ];
      const { status, body } = await publish(list);
      expect(status).toBe(201);
      expect(body.events.map(({ type }: { type: string }) => type)).toEqual(['order.paid', 'order.sent']);
      const kept = await pool.query('SELECT labels FROM event WHERE id = $1', [body.events[1].id]);
      expect(kept.rows[0].labels).toEqual({ order: 'o_2', customer: 'c_42' });
      const odd = await publish(
        JSON.parse('[{ "type": "order.paid", "data": { "n": 3 }, "labels": { "__proto__": "p_1" } }]'),
      );
      const oddly = await pool.query('SELECT labels::text FROM event WHERE id = $1', [odd.body.events[0].id]);
      expect(oddly.rows[0].labels).toBe('{"__proto__": "p_1"}');
      await pool.query('DELETE FROM event WHERE id = $1', [odd.body.events[0].id]);
      const refused = await publish([list[1], { type: 'order.paid', data: { n: 'x' } }]);
      expect(refused.body).toMatchObject({ status: 400, field: '[1].data.n' });
      expect(await stored()).toHaveLength(before + 2);
    });

    it('to the project of the key, of the body or of the query, or to the whole organization', async () => {
      const event = { type: 'order.sent', data: {} };
      const { projectId, organizationId } = paid;
      await publish({ ...event, projectId }, {}, '', operatorKey);
      await publish([event], {}, `?projectId=${projectId}`, operatorKey);
      await publish(event, {}, `?organizationId=${organizationId}`, operatorKey).then(({ body }) =>
        expect(body).toMatchObject({ status: 400, field: 'type' }),
      );
      expect((await stored()).slice(-2).map(({ project_id }) => project_id)).toEqual([projectId, projectId]);
      await pool.query(`UPDATE project SET external_id = 'shop' WHERE id = $1`, [projectId]);
      expect((await publish({ ...event, projectId: 'shop' }, {}, '', paid.key)).status).toBe(201);
      expect((await stored()).at(-1)).toMatchObject({ project_id: projectId });
      expect((await publish([event], {}, '?projectId=shop', tenant.key)).body).toMatchObject({
        status: 404,
        field: 'projectId',
      });
      const unnamed = await publish(event, {}, '', operatorKey);
      expect(unnamed.body).toMatchObject({ status: 400, field: 'organizationId' });
      const foreign = await publish({ ...event, projectId: tenant.projectId });
      expect(foreign.body).toMatchObject({ status: 404, field: 'projectId' });
      const both = await publish({ ...event, projectId }, {}, `?projectId=${tenant.projectId}`);
      expect(both.body).toMatchObject({ status: 400, field: 'projectId' });
    });

    it.each([
      ['no type', { data: {} }, 'type'],
      ['no data', { type: 'order.paid' }, 'data'],
      ['null for data', { type: 'order.paid', data: null }, 'data'],
      ['a type that there is not', { type: 'order.sunk', data: {} }, 'type'],
      ['data against its schema', { type: 'order.paid', data: { n: '1' } }, 'data.n'],
      [
        'a day that there is not',
        { type: 'order.paid', data: { n: 1 }, occurredAt: '2026-02-30T00:00:00Z' },
        'occurredAt',
      ],
      ['an unknown member', { type: 'order.paid', data: { n: 1 }, colour: 'red' }, 'colour'],
      ['a project in a list', [{ type: 'order.paid', data: { n: 1 }, projectId: 'x' }], '[0].projectId'],
      [
        'a misspelt member in a list',
        [
          { type: 'order.paid', data: { n: 1 } },
          { typ: 'x', data: {} },
        ],
        '[1].type',
      ],
      ['an integer that JavaScript rounds', '[{"type":"order.paid","data":{"n":9007199254740993}}]', '[0].data.n'],
      ['a key that is given twice', '{"type":"order.paid","data":{"n":1,"n":2}}', 'data.n'],
      ['a label that is no string', { type: 'order.paid', data: { n: 1 }, labels: { a: 1 } }, 'labels'],
      ['a label without a value', { type: 'order.paid', data: { n: 1 }, labels: { b: 'x', a: '' } }, 'labels.a'],
      ['an empty key', { type: 'order.paid', data: { n: 1 }, idempotencyKey: '' }, 'idempotencyKey'],
      ['no event', [], 'body'],
      ['101 events', Array.from({ length: 101 }, () => ({ type: 'order.paid', data: { n: 1 } })), 'body'],
      ['a number', 7, 'body'],
    ])('but not what is wrong, and names the field: %s', async (_, body, field) => {
      const before = (await stored()).length;
      const answer = await publish(body);
      expect(answer.body).toMatchObject({ status: Array.isArray(body) && body.length > 100 ? 413 : 400, field });
      expect(await stored()).toHaveLength(before);
    });

    it('once for each Idempotency-Key, whether one or a list, and the key with any other call is a conflict', async () => {
      const one = { type: 'order.paid', data: { n: 7 } };
      const list = [one, { type: 'order.sent', data: {} }];
      for (const [name, body, others] of [
        ['one 7', one, [{ ...one, data: { n: 8 } }]],
        ['list 7', list, [[...list, one], [one], [list[1], one], [one, { ...one, data: { n: 8 } }]]],
      ] as const) {
        const before = (await stored()).length;
        const header = { 'idempotency-key': name };
        const answers = await Promise.all([publish(body, header), publish(body, header), publish(body, header)]);
        const [first] = answers;
        for (const answer of answers) expect([answer.status, answer.body]).toEqual([201, first?.body]);
        expect(await stored()).toHaveLength(before + (body === one ? 1 : 2));
        for (const other of others) {
          const answer = await publish(other, header);
          expect(answer.body).toMatchObject({ status: 409, code: 'CONFLICT', field: 'Idempotency-Key' });
        }
        expect(await stored()).toHaveLength(before + (body === one ? 1 : 2));
      }
      const twice = await publish([{ ...one, idempotencyKey: 'a' }], { 'idempotency-key': 'b' });
      expect(twice.body).toMatchObject({ status: 400, field: '[0].idempotencyKey' });
      const long = await publish(one, { 'idempotency-key': 'k'.repeat(256) });
      expect(long.body).toMatchObject({ status: 400, field: 'Idempotency-Key' });
    });
  });

  describe('answers a request that is wrong with a problem', () => {
    const problem = (status: number, code: string, field?: string) => ({
      type: `urn:everhook:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\.$/),
      code,
      ...(field === undefined ? {} : { field }),
      requestId: expect.any(String),
    });

    it.each([
      ['no URL', {}, 'url'],
      ['a URL that is no string', { url: 7 }, 'url'],
      ['a URL over http://10.0.0.1', { url: 'http://10.0.0.1/' }, 'url'],
      ['a Slack URL, which has another profile', { url: 'https://hooks.slack.com/services/T/B/x' }, 'url'],
      ['an unknown event', { url, events: ['task.created', 'task.sunk'] }, 'events[1]'],
      ['events that are no list', { url, events: 'task.created' }, 'events'],
      ['a short secret', { url, secret: 'short' }, 'secret'],
      ['an unknown member', { url, colour: 'red' }, 'colour'],
      ['a member that is inherited', { url, constructor: 'x' }, 'constructor'],
      ['a project that is none', { url, project_id: '7' }, 'project_id'],
      ['a list for a body', [], 'body'],
      ['null for a body', null, 'body'],
    ])('that names the field: %s', async (_, body, field) => {
      const before = await countWebhooks();
      const answer = await rest.call(projectKey, 'POST', '/v1/webhooks', body);
      const [status, code] = field === 'project_id' ? [404, 'NOT_FOUND'] : [400, 'VALIDATION_FAILED'];
      expect(answer.body).toEqual(problem(status as number, code as string, field));
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(await countWebhooks()).toBe(before);
    });

    it.each([
      ['limit', '?limit=0'],
      ['limit', '?limit=101'],
      ['limit', '?limit=x'],
      ['limit', '?limit=1&limit=2'],
      ['cursor', '?cursor=nonsense'],
      ['page', '?page=2'],
    ])('of its query, by its name: %s in %s', async (field, query) => {
      const answer = await rest.call(projectKey, 'GET', `/v1/webhooks${query}`);
      expect(answer.body).toEqual(problem(400, 'VALIDATION_FAILED', field));
    });

    it('in words that hold for every transport: none names a way of GraphQL', async () => {
      const answers = await Promise.all([
        rest.call(projectKey, 'POST', '/v1/webhooks', { url: 'https://hooks.slack.com/services/T/B/x' }),
        rest.call(projectKey, 'POST', '/v1/webhooks', { url, events: ['task.sunk'] }),
      ]);
      const details = answers.map(({ body }) => (body as { detail: string }).detail);
      expect(details[0]).toContain('profile SLACK');
      expect(details[1]).toContain('event type');
      for (const detail of details) expect(detail).not.toMatch(/"\w+"|name that one|name the profile|\binput\b/);
    });

    it('and a body where none is to be', async () => {
      const { id } = await make();
      const answer = await rest.call(projectKey, 'POST', `/v1/webhooks/${id}/test`, { url });
      expect(answer.body).toEqual(problem(400, 'VALIDATION_FAILED', 'url'));
    });

    it('without a key, or with a wrong one: 401', async () => {
      for (const key of [null, 'eh_wrong']) {
        const answer = await rest.call(key, 'GET', '/v1/webhooks');
        expect(answer.body).toEqual(problem(401, 'UNAUTHENTICATED'));
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    });

    it('where nothing is served: 404, and 405 with what is', async () => {
      for (const path of [
        '/v1/',
        '/v1/hooks',
        '/v1/webhooks/x/y',
        '/v1/webhooks/x/test/more',
        '/v1/webhooks/',
        '/v1/webhooks//deliveries',
      ]) {
        expect((await rest.ask(projectKey, 'GET', path)).body).toEqual(problem(404, 'NOT_FOUND'));
      }
      for (const method of ['PATCH', 'DELETE']) {
        expect((await rest.ask(projectKey, method, '/v1/webhooks/')).body, method).toEqual(problem(404, 'NOT_FOUND'));
      }
      const answer = await rest.ask(projectKey, 'PUT', '/v1/webhooks', {});
      expect(answer.body).toEqual(problem(405, 'VALIDATION_FAILED', 'method'));
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    });

    it('and a deletion has no body, so it describes none', async () => {
      const { id } = await make();
      const answer = await rest.call(projectKey, 'DELETE', `/v1/webhooks/${id}`);
      expect(answer.status).toBe(204);
      expect([answer.headers.get('content-type'), answer.headers.get('content-length')]).toEqual([null, null]);
    });

    it('with a body that a GET has: one that is no JSON, or too long, is refused', async () => {
      const { hostname, port } = new URL(api.url);
      const get = (type: string, length: number) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { authorization: `Bearer ${projectKey}`, 'content-type': type, 'content-length': length };
          const asked = request({ hostname, port, path: '/v1/webhooks', method: 'GET', headers }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          });
          asked.once('error', reject);
          asked.end('{'.repeat(Math.min(length, 10)));
        });
      const { responses } = description.paths['/v1/webhooks'].get;
      for (const status of [await get('text/plain', 10), await get('application/json', 2 ** 30)]) {
        expect([413, 415]).toContain(status);
        expect(responses).toHaveProperty(String(status));
      }
    });

    it('and HEAD is GET without the body', async () => {
      const answer = await fetch(`${api.url}/v1/webhooks`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${projectKey}` },
      });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    });

    it('of another type, not JSON, or too long: 415, 400, 413', async () => {
      const post = (body: string, headers: Record<string, string> = {}) =>
        rest.call(projectKey, 'POST', '/v1/webhooks', body, headers);
      expect((await post('url=x', { 'content-type': 'application/x-www-form-urlencoded' })).body).toEqual(
        problem(415, 'VALIDATION_FAILED', 'content-type'),
      );
      expect((await post('{"url":')).body).toEqual(problem(400, 'VALIDATION_FAILED', 'body'));
      expect((await post('x'.repeat(1024 * 1024 + 1))).body).toEqual(problem(413, 'LIMIT_EXCEEDED', 'body'));
    });

    it('too often: 429 with Retry-After', async () => {
      const slow = await TestApi.start({ limits: { bodyBytes: 1024, ratePerSecond: 2 } });
      try {
        const described = new DescribedApi(slow.url, description);
        const ask = () => described.call(operatorKey, 'GET', '/v1/webhooks');
        const answers = await beyondRate(4, ask, ({ status }) => status === 429);
        const refused = answers.find(({ status }) => status === 429);
        expect(refused?.body).toEqual(problem(429, 'RATE_LIMITED'));
        expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      } finally {
        await slow.close();
      }
    });

    it('without a word of what failed here: 500', async () => {
      const { id } = await make();
      await pool.query('ALTER TABLE webhook_state RENAME TO webhook_state_away');
      try {
        const answer = await rest.call(projectKey, 'GET', `/v1/webhooks/${id}`);
        expect(answer.body).toEqual(problem(500, 'INTERNAL'));
        expect(JSON.stringify(answer.body)).not.toMatch(/webhook_state|prisma|stack/i);
      } finally {
        await pool.query('ALTER TABLE webhook_state_away RENAME TO webhook_state');
      }
    });
  });
});
