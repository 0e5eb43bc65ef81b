import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConflictError, Everhook, LimitExceededError, verify } from '../../../client-sdk/src/index.ts';
import { operatorKey, TestApi } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

describe('the SDK, for a webhook’s secrets, health, replays and recoveries', () => {
  let api: TestApi;
  let pool: pg.Pool;
  let everhook: Everhook;
  let receiver: Receiver;
  let projectId: string;
  let answer = 204;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    api = await TestApi.start();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    const operator = new Everhook({ url: api.url, apiKey: operatorKey });
    const { id: organizationId } = await operator.organizations.create({ name: 'Orchard' });
    projectId = (await operator.projects.create({ organizationId, name: 'Harvest' })).id;
    const { key } = await operator.apiKeys.create({ organizationId, name: 'Press', role: 'OWNER' });
    everhook = new Everhook({ url: api.url, apiKey: key });
    await everhook.eventTypes.create({ projectId, name: 'crate.filled', schema: { type: 'object' } });
    receiver = await new Receiver(() => answer).listen();
  });
  afterEach(async () => {
    answer = 204;
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await receiver.close();
  });

  async function webhook(retrySchedule?: string[]) {
    const made = await everhook.webhooks.create({
      projectId,
      name: 'Scales',
      url: receiver.url,
      ...(retrySchedule ? { retrySchedule } : {}),
    });
    closing.push(() => everhook.webhooks.delete(made.webhook.id));
    return { id: made.webhook.id, secret: made.secret as string };
  }

  /** A delivery of a published event, once it has the status. */
  async function delivery(webhookId: string, status: string): Promise<string> {
    const watch = everhook.deliveries.watch({ webhookId });
    await watch.ready;
    const { id } = await everhook.events.publish({ type: 'crate.filled', data: { weight: 4 } }, { projectId });
    // A watch may begin with what changed before it: it misses nothing that another transaction held back.
    for await (const each of watch) if (each.event?.id === id && each.status === status) return each.id;
    throw new Error('The watch ended.');
  }

  it('rotates, extends and retires secrets, and its verifier takes either while both live', async () => {
    const { id, secret: old } = await webhook();
    const rotated = await everhook.webhooks.rotateSecret(id);
    expect(rotated.webhook.retiringSecretUntil).toBe(rotated.retiringSecretUntil);
    await delivery(id, 'DELIVERED');
    const request = receiver.received.at(-1);
    if (!request) throw new Error('Nothing came.');
    await verify.standard(request, old);
    await verify.standard(request, rotated.secret);
    expect((await everhook.webhooks.revealSecrets(id)).map(({ state }) => state)).toEqual(['ACTIVE', 'RETIRING']);
    expect(await everhook.webhooks.signsWith(id, rotated.secret)).toBe(true);
    for (const other of [old, '', rotated.secret.slice(0, -1)]) {
      expect(await everhook.webhooks.signsWith(id, other)).toBe(false);
    }
    expect((await everhook.webhooks.extendRetiringSecret(id)).retiringSecretExtended).toBe(true);
    await expect(everhook.webhooks.extendRetiringSecret(id)).rejects.toThrow(ConflictError);
    await expect(everhook.webhooks.rotateSecret(id)).rejects.toThrow(ConflictError);
    expect((await everhook.webhooks.retireSecret(id)).retiringSecretUntil).toBeNull();
    await delivery(id, 'DELIVERED');
    const after = receiver.received.at(-1);
    if (!after) throw new Error('Nothing came.');
    await expect(verify.standard(after, old)).rejects.toThrow(verify.VerificationError);
    await verify.standard(after, rotated.secret);
  });

  it('watches health, and enables again', async () => {
    const { id } = await webhook([]);
    const watch = everhook.webhooks.watchHealth({ webhookId: id });
    await watch.ready;
    answer = 410;
    await delivery(id, 'FAILED');
    const { value: disabled } = await watch.next();
    expect(disabled).toMatchObject({ from: 'HEALTHY', to: 'DISABLED', webhook: { id } });
    expect((await everhook.webhooks.reEnable(id)).health).toBe('HEALTHY');
    const { value: recovered } = await watch.next();
    expect(recovered).toMatchObject({ from: 'DISABLED', to: 'HEALTHY' });
    await watch.return();
    await expect(everhook.webhooks.reEnable(id)).rejects.toThrow(ConflictError);
  });

  it('retries and replays, each click once', async () => {
    const { id } = await webhook(['PT1H']);
    answer = 503;
    const waiting = await delivery(id, 'RETRYING');
    const retried = await everhook.deliveries.retry(waiting);
    expect(Date.parse(retried.nextAttemptAt ?? '')).toBeLessThanOrEqual(Date.now());
    answer = 204;
    const old = await delivery(id, 'DELIVERED');
    const first = await everhook.deliveries.replay(old, { idempotencyKey: `click ${old}` });
    const again = await everhook.deliveries.replay(old, { idempotencyKey: `click ${old}` });
    expect(again.id).toBe(first.id);
    expect((await everhook.deliveries.replay(old)).id).not.toBe(first.id);
    const { deliveries, skippedInboundIds } = await everhook.deliveries.bulkReplay([old, first.id, old]);
    expect(deliveries).toHaveLength(2);
    expect(skippedInboundIds).toEqual([]);
    const many = Array.from({ length: 101 }, () => crypto.randomUUID());
    await expect(everhook.deliveries.bulkReplay(many)).rejects.toThrow(LimitExceededError);
  });

  it('cancels what waits, and begins to erase what events held', async () => {
    const { id } = await webhook(['PT1H']);
    answer = 503;
    const waiting = await delivery(id, 'RETRYING');
    expect(await everhook.deliveries.cancel(waiting)).toMatchObject({ id: waiting, status: 'CANCELLED' });
    await expect(everhook.deliveries.cancel(waiting)).rejects.toThrow(ConflictError);
    const another = await delivery(id, 'RETRYING');
    expect(await everhook.deliveries.cancelSeveral([another, waiting])).toMatchObject({
      deliveries: [{ id: another, status: 'CANCELLED' }],
      skippedIds: [waiting],
    });
    const labels = { customer: 'c_42' };
    const erasure = await everhook.erasures.start({ projectId, labels });
    expect(erasure).toMatchObject({ state: 'RUNNING', selector: 'LABELS', labelKeys: ['customer'], erasedEvents: 0 });
    expect(await everhook.erasures.get(erasure.id)).toMatchObject({ id: erasure.id, finishedAt: null });
    for await (const each of everhook.erasures.list({ projectId })) expect(each.id).toBe(erasure.id);
    const watch = everhook.erasures.watch(erasure.id);
    expect((await watch.next()).value).toMatchObject({ id: erasure.id, state: 'RUNNING' });
    await watch.return();
  });

  it('counts deliveries by time', async () => {
    const { id } = await webhook([]);
    await delivery(id, 'DELIVERED');
    answer = 500;
    await delivery(id, 'FAILED');
    const now = Date.now();
    const range = { from: new Date(now - 3_600_000), to: new Date(now + 3_600_000) };
    const buckets = await everhook.deliveries.stats({ webhookId: id, ...range, bucket: 'DAY' });
    const [bucket] = buckets.filter(({ total }) => total > 0);
    expect(bucket).toMatchObject({ total: 2, delivered: 1, failed: 1, cancelled: 0, successRate: 0.5 });
    expect(bucket?.responseTimeP95).toMatch(/^PT/);
    expect(await everhook.deliveries.countOpen({ webhookId: id })).toEqual({
      pending: 0,
      sending: 0,
      retrying: 0,
      held: 0,
      isAtLeast: false,
    });
  });

  it('pauses and resumes webhooks', async () => {
    const { id } = await webhook([]);
    const paused = await everhook.webhooks.pause(id, 'The crane is serviced.');
    expect(paused).toMatchObject({ pauseReason: 'The crane is serviced.', resumingAt: null, health: 'HEALTHY' });
    expect(paused.pausedAt).not.toBeNull();
    expect((await everhook.webhooks.get(id)).heldCount).toBe(0);
    expect((await everhook.webhooks.resume(id)).resumingAt).not.toBeNull();
    expect((await everhook.webhooks.pause(id)).resumingAt).toBeNull();
    await everhook.webhooks.setActive(id, false);
    await expect(everhook.webhooks.resume(id)).rejects.toThrow(ConflictError);
  });

  it('starts, watches and cancels recoveries', async () => {
    const { id } = await webhook([]);
    answer = 500;
    await delivery(id, 'FAILED');
    const since = new Date(Date.now() - 3_600_000);
    const selection = { webhookId: id, since, include: ['FAILED', 'CANCELLED'] as const };
    expect(await everhook.recoveries.recoverable({ ...selection, filter: undefined })).toMatchObject({
      total: 1,
      failed: 1,
      isAtLeast: false,
    });
    const wide = await everhook.recoveries.start({ filter: { statuses: ['CANCELLED'], from: since } });
    expect(wide).toMatchObject({ total: 0, include: ['FAILED', 'CANCELLED', 'MISSED'] });
    await everhook.recoveries.cancel(wide.id);
    const recovery = await everhook.recoveries.start({ ...selection, idempotencyKey: 'all of it' });
    expect(recovery).toMatchObject({ state: 'RUNNING', total: 1, recovered: 0, webhook: { id } });
    expect((await everhook.recoveries.start({ ...selection, idempotencyKey: 'all of it' })).id).toBe(recovery.id);
    await expect(everhook.recoveries.start({ webhookId: id, since })).rejects.toThrow(ConflictError);
    const watch = everhook.recoveries.watch(recovery.id);
    expect((await watch.next()).value).toMatchObject({ id: recovery.id, state: 'RUNNING' });
    await everhook.recoveries.cancel(recovery.id);
    expect((await watch.next()).value).toMatchObject({ state: 'CANCELLED', reason: 'It was cancelled.' });
    expect((await watch.next()).done).toBe(true);
    expect((await everhook.recoveries.get(recovery.id)).finishedAt).not.toBeNull();
    const { rows } = await pool.query('SELECT count(*)::int FROM recovery WHERE webhook_id = $1', [id]);
    expect(rows[0].count).toBe(1);
  });
});
