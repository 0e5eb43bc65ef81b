import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Delivery, type DeliveryUpdate, Everhook, type Project, verify } from '../../../client-sdk/src/index.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { operatorKey, TestApi } from '../../support/api.ts';
import { type Answer, Receiver } from '../../support/receiver.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';

let api: TestApi;
let operator: Everhook;
beforeAll(async () => {
  api = await TestApi.start();
  operator = new Everhook({ url: api.url, apiKey: operatorKey });
});
afterAll(() => api.close());

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A project with an event type, a webhook to a receiver, and a client with the owner's key. */
async function tenant(answer: () => Answer = () => 204, url = api.url) {
  const receiver = await new Receiver(answer).listen();
  closing.push(() => receiver.close());
  const organization = await operator.organizations.create({ name: 'Orchard' });
  const project: Project = await operator.projects.create({ organizationId: organization.id, name: 'Harvest' });
  const { key } = await operator.apiKeys.create({ organizationId: organization.id, name: 'Press', role: 'OWNER' });
  const everhook = new Everhook({ url, apiKey: key });
  const schema = { type: 'object', properties: { weight: { type: 'number' } }, required: ['weight'] };
  const made = await everhook.eventTypes.create({ projectId: project.id, name: 'crate.filled', schema });
  expect([made.name, made.warnings]).toEqual(['crate.filled', []]);
  const { webhook, secret } = await everhook.webhooks.create({
    projectId: project.id,
    name: 'Scales',
    url: receiver.url,
  });
  return {
    receiver,
    organization,
    project,
    key,
    everhook,
    webhook,
    secret: secret as string,
    scope: { projectId: project.id },
  };
}

it('finds out what an id belongs to, where its key may see that', async () => {
  const { organization, project, everhook, webhook, scope } = await tenant();
  const { id: eventId } = await everhook.events.publish(crate(1), scope);
  const [delivery] = await all(everhook.deliveries.list({ eventId }));
  const place = { organizationId: organization.id, projectId: project.id };
  expect(await everhook.find(webhook.id)).toEqual({ id: webhook.id, kind: 'Webhook', name: 'Scales', ...place });
  expect(await everhook.find(eventId)).toEqual({ id: eventId, kind: 'Event', name: 'crate.filled', ...place });
  expect(await everhook.find(delivery?.id ?? '')).toMatchObject({ kind: 'Delivery', name: 'crate.filled', ...place });
  expect(await everhook.find(project.id)).toMatchObject({ kind: 'Project', name: 'Harvest', ...place });
  expect(await (await tenant()).everhook.find(webhook.id)).toBeNull();
});

it('lists tenants to the operator with how they are doing, and no other does', async () => {
  const { organization, everhook } = await tenant();
  const { tenants, hasMore } = await operator.organizations.overview({ search: organization.id });
  expect(tenants).toMatchObject([{ organizationId: organization.id, name: 'Orchard', projects: 1, healthy: 1 }]);
  expect(hasMore).toBe(false);
  expect(await failureOf(everhook.organizations.overview())).toMatchObject({ name: 'ForbiddenError' });
});

const crate = (weight: number) => ({ type: 'crate.filled', data: { weight } });
const crates = (count: number) => Array.from({ length: count }, (_, n) => crate(n));

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it succeeded'),
    // biome-ignore lint/suspicious/noExplicitAny: an error of any class
    (error: any) => error,
  );

describe('the way of an event through the SDK', () => {
  it('goes from publish over a verified delivery to the live feed and the log', async () => {
    const { everhook, scope, receiver, secret, webhook } = await tenant();
    const watch = everhook.deliveries.watch({ webhookId: webhook.id });
    closing.push(() => watch.return());
    await watch.ready;
    const published = await everhook.events.publishMany(crates(250), scope);
    expect(new Set(published.map(({ id }) => id)).size).toBe(250);

    const delivered = new Set<string>();
    for await (const { id, status, responseCode } of watch) {
      if (status !== 'DELIVERED') continue;
      expect(delivered.has(id)).toBe(false);
      expect(responseCode).toBe(204);
      delivered.add(id);
      if (delivered.size === 250) break;
    }

    const weights = await Promise.all(
      (await receiver.count(250)).map(async (request) => {
        const event = await verify.standard<verify.StandardEvent<{ weight: number }>>(request, secret);
        // The id that `publish` returned is what the receiver verifies and deduplicates by.
        expect(event.id).toBe(published[event.data.weight]?.id);
        return event.data.weight;
      }),
    );
    expect(weights.sort((a, b) => a - b)).toEqual(crates(250).map(({ data }) => data.weight));

    const log = await all<Delivery>(everhook.deliveries.list({ ...scope, statuses: ['DELIVERED'] }));
    expect(new Set(log.map(({ id }) => id))).toEqual(delivered);
    const detail = await everhook.deliveries.get((log[0] as Delivery).id);
    const previews = await everhook.deliveries.previews([detail.id, '01900000-0000-7000-8000-000000000000']);
    expect([...previews]).toEqual([[detail.id, detail.payloadPreview]]);
    expect(detail.attempts).toMatchObject([{ number: 1, outcome: 'SUCCEEDED', responseCode: 204 }]);
    expect(detail.request?.method).toBe('POST');
    const event = await everhook.events.get(published[7]?.id as string);
    expect(event).toMatchObject({ type: 'crate.filled', data: { weight: 7 } });
  });

  it('publishes once what two calls give the same idempotency key, and calls other content a conflict', async () => {
    const { everhook, scope } = await tenant();
    const idempotencyKey = 'crate 1';
    const [first, second] = await Promise.all([
      everhook.events.publish({ ...crate(1), idempotencyKey }, scope),
      everhook.events.publish({ ...crate(1), idempotencyKey }, scope),
    ]);
    expect(second.id).toBe(first.id);
    const error = await failureOf(everhook.events.publishMany([crate(9), { ...crate(2), idempotencyKey }], scope));
    expect(error.accepted).toMatchObject([{ index: 0, event: { type: 'crate.filled' } }]);
    expect(error.failed).toMatchObject([
      { index: 1, error: { name: 'ConflictError', field: 'events[1].idempotencyKey' } },
    ]);
  });

  it('tells a bad event’s caller the path in its data, and publishes what others sent with it', async () => {
    const { everhook, scope, receiver } = await tenant();
    const outcomes = await Promise.allSettled([
      everhook.events.publish(crate(1), scope),
      everhook.events.publish({ type: 'crate.filled', data: { weight: 'heavy' } }, scope),
      everhook.events.publish({ type: 'crate.lost', data: {} }, scope),
      everhook.events.publish(crate(2), scope),
    ]);
    const list = [crate(3), { type: 'crate.filled', data: { wieght: 4 } }, crate(5)];
    const error = await failureOf(everhook.events.publishMany(list, scope));
    expect(error).toMatchObject({ name: 'PublishError', field: 'events[1].data.wieght' });
    expect(error.failed[0].error.message).toContain('requires "weight"');
    expect(error.accepted.map(({ index }: { index: number }) => index)).toEqual([0, 2]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'ValidationError', field: 'data.weight' } });
    expect(outcomes[2]).toMatchObject({ reason: { name: 'ValidationError', field: 'type' } });
    expect(await receiver.count(4)).toHaveLength(4);
  });
});

describe('what is managed through the SDK', () => {
  it('is listed page by page, the newest first', async () => {
    const { everhook, scope, webhook } = await tenant();
    const made = [webhook.id];
    for (let n = 0; n < 4; n++) {
      const { webhook: another } = await everhook.webhooks.create({
        ...scope,
        name: `w${n}`,
        url: 'http://127.0.0.1:9/',
      });
      made.unshift(another.id);
    }
    expect((await all(everhook.webhooks.list(scope))).map(({ id }) => id)).toEqual(made);
    const first = await everhook.webhooks.list(scope).page({ first: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(made.slice(0, 2));
    const after = first.pageInfo.endCursor as string;
    const second = await everhook.webhooks.list(scope).page({ first: 2, after });
    expect(second.items.map(({ id }) => id)).toEqual(made.slice(2, 4));
    expect((await all(everhook.webhooks.list({ ...scope, search: 'w3' }))).map(({ name }) => name)).toEqual(['w3']);
    expect((await everhook.webhooks.list(scope).take(3).toArray()).map(({ id }) => id)).toEqual(made.slice(0, 3));
  });

  it('is named by a handle of its project, whose id may be your own', async () => {
    const { everhook, organization, scope, webhook } = await tenant();
    const { id } = await everhook
      .organization(organization.id)
      .projects.upsert({ externalId: 'orchard-2', name: 'Second' });
    const other = everhook.project('orchard-2');
    expect(await other.get()).toMatchObject({ id, externalId: 'orchard-2' });
    const { webhook: made } = await other.webhooks.create({ name: 'Theirs', url: 'http://127.0.0.1:9/' });
    expect((await other.webhooks.list().toArray()).map((each) => each.id)).toEqual([made.id]);
    const { webhooks, events, recoveries } = everhook.project(scope.projectId);
    expect((await webhooks.list().toArray()).map((each) => each.id)).toEqual([webhook.id]);
    const { occurredAtDate } = await events.publish(crate(1));
    expect(Math.abs(Date.now() - occurredAtDate.getTime())).toBeLessThan(60_000);
    expect(await recoveries.recoverable({ include: ['FAILED'] })).toMatchObject({ failed: 0 });
  });

  it('is changed, switched off, tested and deleted', async () => {
    const { everhook, webhook, receiver } = await tenant();
    const changed = await everhook.webhooks.update(webhook.id, {
      name: 'Big scales',
      retrySchedule: [1_000, 'PT1M'],
      timeout: 5_000,
    });
    expect(changed).toMatchObject({ name: 'Big scales', retrySchedule: ['PT1S', 'PT1M'], timeout: 'PT5S' });
    expect([changed.timeoutMs, changed.retryScheduleMs]).toEqual([5_000, [1_000, 60_000]]);
    expect(changed.createdAtDate.toISOString()).toBe(changed.createdAt);
    expect(await everhook.webhooks.sendTest(webhook.id)).toMatchObject({ isTest: true, webhook: { id: webhook.id } });
    await receiver.count(1);
    expect(await everhook.webhooks.setActive(webhook.id, false)).toMatchObject({ active: false });
    await everhook.webhooks.delete(webhook.id);
    expect(await failureOf(everhook.webhooks.get(webhook.id))).toMatchObject({ name: 'NotFoundError', field: 'id' });
  });

  it('is seen by the key that may, and refused to others with typed errors', async () => {
    const { everhook, organization, project, key } = await tenant();
    expect(await everhook.viewer()).toMatchObject({
      kind: 'API_KEY',
      role: 'OWNER',
      organization: { id: organization.id },
    });
    expect(await everhook.projects.get(project.id)).toEqual(project);
    expect((await everhook.eventTypes.list({ projectId: project.id })).map(({ name }) => name)).toContain(
      'crate.filled',
    );
    const stranger = new Everhook({ url: api.url, apiKey: 'no-key-at-all' });
    expect(await failureOf(stranger.viewer())).toMatchObject({ name: 'UnauthenticatedError' });
    expect(await failureOf(everhook.organizations.create({ name: 'x' }))).toMatchObject({ name: 'ForbiddenError' });
    const other = await tenant();
    expect(await failureOf(everhook.projects.get(other.project.id))).toMatchObject({ name: 'NotFoundError' });
    const error = await failureOf(
      everhook.webhooks.create({ projectId: project.id, name: 'x', url: 'ftp://receiver' }),
    );
    expect(error).toMatchObject({ name: 'ValidationError', field: 'input.url' });
    expect(JSON.stringify(error) + error.message).not.toContain(key);
  });

  it('is refused to a key once it is revoked', async () => {
    const { everhook, organization, scope, webhook } = await tenant();
    const { apiKey, key } = await everhook.apiKeys.create({
      organizationId: organization.id,
      name: 'x',
      role: 'VIEWER',
    });
    const viewer = new Everhook({ url: api.url, apiKey: key });
    await viewer.viewer();
    // Which permission it would take, of a field and of a thing in it.
    expect(await failureOf(viewer.events.publish(crate(1), scope))).toMatchObject({
      name: 'ForbiddenError',
      permission: 'EVENT_PUBLISH',
    });
    expect(await failureOf(viewer.webhooks.delete(webhook.id))).toMatchObject({
      name: 'ForbiddenError',
      permission: 'WEBHOOK_MANAGE',
    });
    expect((await everhook.apiKeys.revoke(apiKey.id)).revokedAt).not.toBeNull();
    expect(await failureOf(viewer.viewer())).toMatchObject({ name: 'UnauthenticatedError' });
    await expect(viewer.deliveries.watch().next()).rejects.toMatchObject({ name: 'UnauthenticatedError' });
  });

  it('ends a watch with a typed error when its key is revoked', async () => {
    const { everhook, organization, scope } = await tenant();
    const { apiKey, key } = await everhook.apiKeys.create({
      organizationId: organization.id,
      name: 'x',
      role: 'VIEWER',
    });
    const watch = new Everhook({ url: api.url, apiKey: key }).deliveries.watch(scope);
    closing.push(() => watch.return());
    await watch.ready;
    await everhook.events.publish(crate(1), scope);
    expect((await watch.next()).done).toBe(false);
    await everhook.apiKeys.revoke(apiKey.id);
    await everhook.events.publish(crate(2), scope);
    const rest = await failureOf(all(watch));
    expect(rest).toMatchObject({ name: 'UnauthenticatedError' });
  });
});

describe('over a broken network', () => {
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await tcpProxy(api.url);
  });
  afterAll(() => proxy.close());

  it('publishes every event once, though answers are lost and connections cut', async () => {
    const { key, scope, receiver } = await tenant();
    const everhook = new Everhook({ url: proxy.url, apiKey: key, retries: 10, publishConcurrency: 4 });
    proxy.loseAnswers(6);
    const publishing = everhook.events.publishMany(crates(1000), scope);
    const alone = Promise.all(crates(20).map(({ type, data }) => everhook.events.publish({ type, data }, scope)));
    proxy.cut();
    const published = [...(await publishing), ...(await alone)].map(({ id }) => id);
    expect(new Set(published).size).toBe(1020);
    const received = await receiver.count(1020);
    const direct = new Everhook({ url: api.url, apiKey: key });
    await expect
      .poll(async () => (await all(direct.deliveries.list({ ...scope, statuses: ['DELIVERED'] }))).length, {
        timeout: 10_000,
      })
      .toBe(1020);
    // The ids that `publish` returned are those that the receiver sees.
    expect(received.map(({ headers }) => String(headers['webhook-id'])).sort()).toEqual(published.sort());
    expect(await all(direct.deliveries.list(scope))).toHaveLength(1020);
  });

  it('watches without loss or duplicates, though the connection is cut again and again', {
    timeout: 120_000,
  }, async () => {
    const { key, scope, everhook } = await tenant();
    let up = false;
    let lost = 0;
    const onConnection = (connected: boolean) => {
      up = connected;
      if (!connected) lost++;
    };
    const watch = new Everhook({ url: proxy.url, apiKey: key }).deliveries.watch(scope, { onConnection });
    closing.push(() => watch.return());
    await watch.ready;
    const versions = new Map<string, number>();
    const delivered = new Set<string>();
    const watching = (async () => {
      let read = 0;
      for await (const { id, version, status } of watch) {
        // Never an old state after a new one, and none twice.
        expect(version).toBeGreaterThan(versions.get(id) ?? 0);
        versions.set(id, version);
        if (status === 'DELIVERED') delivered.add(id);
        if (++read % 40 === 0) proxy.cut();
        if (delivered.size === 240) return;
      }
    })();
    for (let round = 0; round < 4; round++) {
      await everhook.events.publishMany(crates(60), scope);
      await expect
        .poll(() => (versions.size > round * 60 && up) || delivered.size === 240, { timeout: 60_000 })
        .toBe(true);
      proxy.cut();
    }
    await watching;
    // In each round but the last, which may be over by then. How many connections that takes is the platform's own affair.
    expect(lost).toBeGreaterThanOrEqual(3);
    const log = await all<Delivery>(everhook.deliveries.list(scope));
    expect(new Set(log.map(({ id }) => id))).toEqual(delivered);
    for (const { id, version } of log) expect(versions.get(id)).toBe(version);
  });

  it('tells what happened while it was away, even when nothing had been told before', async () => {
    const { key, scope, everhook } = await tenant();
    const watch = new Everhook({ url: proxy.url, apiKey: key }).deliveries.watch(scope);
    closing.push(() => watch.return());
    await watch.ready;
    proxy.cut();
    const published = await everhook.events.publishMany(crates(5), scope);
    proxy.cut();
    const seen = new Set<string>();
    for await (const { event } of watch) {
      if (event) seen.add(event.id);
      if (seen.size === 5) break;
    }
    expect(seen).toEqual(new Set(published.map(({ id }) => id)));
  });

  it('notices a connection that died without a word, and goes on over another', { timeout: 60_000 }, async () => {
    const { key, scope, everhook } = await tenant();
    const watch = new Everhook({ url: proxy.url, apiKey: key, keepAliveMs: 200 }).deliveries.watch(scope);
    closing.push(() => watch.return());
    await watch.ready;
    await everhook.events.publish(crate(1), scope);
    await watch.next();
    proxy.freeze();
    const { id } = await everhook.events.publish(crate(2), scope);
    for await (const { event } of watch) if (event?.id === id) break;
  });

  it('goes on in another process from a cursor that was kept', async () => {
    const { scope, everhook } = await tenant();
    const first = everhook.deliveries.watch(scope);
    closing.push(() => first.return());
    await first.ready;
    await everhook.events.publishMany(crates(3), scope);
    const seen = new Map<string, DeliveryUpdate>();
    while (seen.size < 3) {
      const { value } = await first.next();
      if (value) seen.set(value.id, value);
    }
    const after = first.cursor as string;
    await first.return();
    const published = await everhook.events.publishMany(crates(4), scope);
    const second = everhook.deliveries.watch(scope, { after });
    closing.push(() => second.return());
    const told = new Set<string>();
    const wanted = new Set(published.map(({ id }) => id));
    for await (const { event } of second) {
      if (event && wanted.has(event.id)) told.add(event.id);
      if (told.size === 4) break;
    }
    const foreign = (await tenant()).everhook.deliveries.watch({}, { after });
    await expect(foreign.next()).rejects.toMatchObject({ name: 'ValidationError', field: 'after' });
  });
});

it('keeps no process alive by a watch that ends over a dead connection, on any Node', async () => {
  const { scope, key } = await tenant();
  const proxy = await tcpProxy(api.url);
  closing.push(() => proxy.close());
  const program = `
    import { Everhook } from ${JSON.stringify(pathToFileURL(join(packageRoot, 'client-sdk/dist/index.js')).href)};
    const { url, apiKey, projectId } = JSON.parse(process.argv[1]);
    const watch = new Everhook({ url, apiKey }).deliveries.watch({ projectId });
    await watch.ready;
    process.send('ready');
    await new Promise((resolve) => process.once('message', resolve));
    process.disconnect();
    await watch.return();`;
  const options = JSON.stringify({ url: proxy.url, apiKey: key, ...scope });
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, options], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  closing.push(() => child.kill('SIGKILL'));
  await once(child, 'message');
  proxy.freeze();
  child.send('end');
  expect(await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })).toEqual([0, null]);
});
