import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeCursor } from '../../../core/live/cursor.ts';
import { Client, change, Installation, never, statement } from './installation.ts';

let installation: Installation;
let organizationId: string;
let stop: AbortController;

beforeAll(async () => {
  installation = await Installation.start();
});
afterAll(() => installation.stop());
beforeEach(() => {
  organizationId = randomUUID();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await installation.closeProcesses();
});

/** A process whose LISTEN connection stands, so that what arrives without a catch-up arrived by a hint. */
async function listening(options: Parameters<Installation['process']>[0] = {}) {
  const live = installation.process(options);
  const caughtUp = live.pool.answers(statement.catchUp);
  const subscription = live.feed.deliveries({ organizationId, signal: stop.signal });
  await Promise.all([subscription.ready, caughtUp]);
  return { ...live, subscription, client: new Client(subscription) };
}

describe('a live subscription', () => {
  it('is told of a change that another process committed, with the state it has now', async () => {
    const [id = ''] = await installation.insert(organizationId, 1, { projectId: organizationId });
    const { subscription } = await listening();
    const publisher = installation.process();
    await change(publisher.pool, [id], 'DELIVERED');
    publisher.notifier.changed(organizationId, [id]);
    const { value } = await subscription.next();
    expect(value).toEqual([
      {
        id,
        organizationId,
        projectId: organizationId,
        webhookId: expect.any(String),
        status: 'DELIVERED',
        version: 2,
        cursor: expect.any(String),
      },
    ]);
  });

  it('is told of batches whose ids fill many payloads', async () => {
    const ids = await installation.insert(organizationId, 3_000);
    const { client, notifier, pool } = await listening();
    await change(installation.pool, ids);
    notifier.changed(organizationId, ids);
    await client.knows(await installation.versions(organizationId));
    expect(pool.count(statement.catchUp)).toBe(1);
  });

  it('is told even where there were too many changes to name them', async () => {
    const ids = await installation.insert(organizationId, 300);
    const { client } = await listening();
    const publisher = installation.process({}, { maxIds: 10 });
    await change(installation.pool, ids);
    publisher.notifier.changed(organizationId, ids);
    await client.knows(await installation.versions(organizationId));
  });

  it('begins now: what changed before is not told', async () => {
    const [old = '', next = ''] = await installation.insert(organizationId, 2, { secondsAgo: 0 });
    const { client, notifier } = await listening({ catchUpMs: 5 });
    await change(installation.pool, [next]);
    notifier.changed(organizationId, [old, next]);
    await client.knows(new Map([[next, 2]]));
    expect([...client.versions]).toEqual([[next, [2]]]);
  });

  it('gets what it selected by project, webhook and status, and nothing else', async () => {
    const [project, webhook] = [randomUUID(), randomUUID()];
    const ids = await installation.insert(organizationId, 4, { projectId: project, webhookId: webhook });
    const others = [
      ...(await installation.insert(organizationId, 2, { projectId: project })),
      ...(await installation.insert(organizationId, 2, { webhookId: webhook })),
    ];
    const { feed, notifier } = await listening();
    const subscription = feed.deliveries({
      organizationId: organizationId.toUpperCase(),
      projectId: project.toUpperCase(),
      webhookId: webhook,
      statuses: ['FAILED', 'DELIVERED'],
      signal: stop.signal,
    });
    await subscription.ready;
    const client = new Client(subscription);
    const [failed = '', delivered = '', cancelled = ''] = ids;
    await change(installation.pool, [...ids, ...others]);
    await change(installation.pool, [failed], 'FAILED');
    await change(installation.pool, [cancelled], 'CANCELLED');
    await change(installation.pool, others, 'FAILED');
    notifier.changed(organizationId, [...others, ...ids]);
    await client.knows(new Map([[failed, 3]]));
    await change(installation.pool, [delivered], 'DELIVERED');
    notifier.changed(organizationId, ids);
    await client.knows(new Map([[delivered, 3]]));
    expect(Object.fromEntries(client.statuses)).toEqual({ [failed]: 'FAILED', [delivered]: 'DELIVERED' });
  });

  it('is never told of another organization, whatever a hint names', async () => {
    const other = randomUUID();
    const [mine = ''] = await installation.insert(organizationId, 1);
    const [theirs = ''] = await installation.insert(other, 1);
    const { client, notifier } = await listening({ catchUpMs: 5 });
    await change(installation.pool, [theirs, mine]);
    notifier.changed(other, [theirs, mine]);
    notifier.changed(organizationId, [theirs, mine]);
    await client.knows(new Map([[mine, 2]]));
    expect([...client.versions.keys()]).toEqual([mine]);
  });

  it('shares one reading with the hundred others of its process', async () => {
    const [id = ''] = await installation.insert(organizationId, 1);
    const { feed, notifier, pool } = await listening();
    const clients = Array.from(
      { length: 100 },
      () => new Client(feed.deliveries({ organizationId, signal: new AbortController().signal })),
    );
    const before = pool.answered.length;
    await change(installation.pool, [id]);
    notifier.changed(organizationId, [id]);
    await Promise.all(clients.map((client) => client.knows(new Map([[id, 2]]))));
    const reads = pool.answered.slice(before).filter((text) => text.includes('FROM delivery'));
    expect(reads).toHaveLength(1);
  });

  it('gets everything beside an organization with many subscribers that do not read', async () => {
    const hostile = randomUUID();
    const { feed, notifier, client } = await listening({ maxPendingTotal: 400 });
    const subscribed = () => feed.deliveries({ organizationId: hostile, signal: new AbortController().signal });
    const idle = Array.from({ length: 20 }, subscribed);
    const last = subscribed();
    await Promise.all([...idle, last].map(({ ready }) => ready));
    const theirs = await installation.insert(hostile, 100);
    await change(installation.pool, theirs);
    notifier.changed(hostile, theirs);
    // What is offered to the last one was offered to all before it, whether it may keep it or not.
    await Promise.allSettled([last.next()]);

    const mine = await installation.insert(organizationId, 60);
    await change(installation.pool, mine);
    notifier.changed(organizationId, mine);
    await client.knows(await installation.versions(organizationId));
    const ended = (await Promise.allSettled(idle.map((each) => each.next()))).filter(
      (each): each is PromiseRejectedResult => each.status === 'rejected',
    );
    expect(ended.length).toBeGreaterThan(0);
    for (const { reason } of ended) expect(reason).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('costs no reading where the organization has no subscriber in the process', async () => {
    const [elsewhere, [id = '']] = [randomUUID(), await installation.insert(organizationId, 1)];
    const ids = await installation.insert(elsewhere, 1);
    const { notifier, pool, client } = await listening();
    await change(installation.pool, [id, ...ids]);
    notifier.changed(elsewhere, ids);
    notifier.changed(organizationId, [id]);
    await client.knows(new Map([[id, 2]]));
    expect(pool.count(statement.byIds)).toBe(1);
  });
});

describe('nothing is lost', () => {
  it('when the notification is', async () => {
    const ids = await installation.insert(organizationId, 10);
    const { client } = await listening({ catchUpMs: 20 });
    await change(installation.pool, ids);
    await client.knows(await installation.versions(organizationId));
  });

  it('when a transaction that began to write first commits last', async () => {
    const [early = '', late = ''] = await installation.insert(organizationId, 2);
    // Without any margin, only the watermark stands between the early change and oblivion.
    const { client, notifier, pool } = await listening({ catchUpMs: 5, overlapMs: 0 });
    const transaction = await installation.pool.connect();
    try {
      await transaction.query('BEGIN');
      await change(transaction, [early]);
      await change(installation.pool, [late]);
      notifier.changed(organizationId, [late]);
      await client.knows(new Map([[late, 2]]));
      await pool.answers(statement.catchUp, 5);
      await change(installation.pool, [late]);
      notifier.changed(organizationId, [late]);
      await client.knows(new Map([[late, 3]]));
      const { cursor } = client;
      await transaction.query('COMMIT');

      await client.knows(new Map([[early, 2]]));
      const resumed = installation.process().feed.deliveries({ organizationId, after: cursor, signal: stop.signal });
      await new Client(resumed).knows(new Map([[early, 2]]));
    } finally {
      transaction.release();
    }
  });

  it('when PostgreSQL ends the LISTEN connection while changes go on', async () => {
    const ids = await installation.insert(organizationId, 40);
    const { client, notifier, pool } = await listening();
    for (const round of [2, 3, 4]) {
      const reconnected = pool.answers(statement.catchUp);
      expect(await installation.killListeners()).toBe(1);
      // Told to nobody, and only once the new connection stands is the table read again.
      await change(installation.pool, ids);
      notifier.changed(organizationId, ids);
      await client.knows(new Map(ids.map((id) => [id, round])));
      await reconnected;
    }
    const before = pool.count(statement.catchUp);
    await change(installation.pool, ids);
    notifier.changed(organizationId, ids);
    await client.knows(new Map(ids.map((id) => [id, 5])));
    expect(pool.count(statement.catchUp)).toBe(before);
  });

  it('when the client comes back after a long absence with any cursor it was given', async () => {
    const ids = await installation.insert(organizationId, 2_500);
    const { client, notifier } = await listening({ catchUpMs: 20 });
    for (const from of [0, 500, 1_000]) {
      const part = ids.slice(from, from + 500);
      await change(installation.pool, part);
      notifier.changed(organizationId, part);
      await client.knows(new Map(part.map((id) => [id, 2])));
    }
    await client.close();
    await change(installation.pool, ids.slice(700));

    const received = [...client.cursors.keys()];
    for (const index of [0, 250, 499, 500, 999, received.length - 1]) {
      // What arrived up to this cursor is all that a client cut off there has.
      const told = [...client.versions].slice(0, index + 1).map(([id]) => [id, 2] as const);
      const known = new Map<string, number>(told);
      const after = client.cursors[index];
      const resumed = new Client(
        installation.process().feed.deliveries({ organizationId, after, signal: stop.signal }),
      );
      const table = await installation.versions(organizationId);
      const missing = [...table].filter(([id, version]) => version > 1 && known.get(id) !== version);
      await resumed.knows(new Map(missing));
    }
  });

  it('between reading a backlog and listening', async () => {
    const ids = await installation.insert(organizationId, 1_500);
    const live = installation.process({ catchUpMs: 10 });
    const after = await live.feed.cursor(organizationId);
    await change(installation.pool, ids);
    const client = new Client(live.feed.deliveries({ organizationId, after, signal: stop.signal }));
    const changing = (async () => {
      for (let round = 0; round < 10; round++) {
        await change(installation.pool, ids.slice(round * 100, round * 100 + 200));
        live.notifier.changed(organizationId, ids.slice(round * 100, round * 100 + 200));
      }
    })();
    await client.until(() => client.versions.size === ids.length);
    await changing;
    await client.knows(await installation.versions(organizationId));
    for (const versions of client.versions.values()) {
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    }
  });

  it('before the first delivery arrives, for a client that took the cursor of now', async () => {
    const [id = ''] = await installation.insert(organizationId, 1);
    const live = installation.process();
    const after = await live.feed.cursor(organizationId.toUpperCase());
    await change(installation.pool, [id]);
    await new Client(live.feed.deliveries({ organizationId, after, signal: stop.signal })).knows(new Map([[id, 2]]));
  });
});

describe('a subscription ends', () => {
  it('when its client reads too slowly, and the last cursor leads on without loss', async () => {
    const ids = await installation.insert(organizationId, 300);
    const { client, subscription, notifier, pool } = await listening({ maxPendingEach: 100 });
    await change(installation.pool, ids.slice(0, 50));
    notifier.changed(organizationId, ids.slice(0, 50));
    await client.knows(new Map(ids.slice(0, 50).map((id) => [id, 2])));
    const read = pool.answers(statement.byIds);
    await change(installation.pool, ids);
    notifier.changed(organizationId, ids);
    await read;
    await expect(subscription.next()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('after the last cursor'),
    });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    const again = installation.process().feed;
    const resumed = new Client(again.deliveries({ organizationId, after: client.cursor, signal: stop.signal }));
    await resumed.knows(await installation.versions(organizationId));
  });

  it('but not because one delivery changes again and again', async () => {
    const [id = ''] = await installation.insert(organizationId, 1);
    const { client, notifier, pool } = await listening({ maxPendingEach: 1 });
    for (let round = 0; round < 5; round++) {
      const read = pool.answers(statement.byIds);
      await change(installation.pool, [id]);
      notifier.changed(organizationId, [id]);
      await read;
    }
    await client.knows(new Map([[id, 6]]));
  });

  it('when it is aborted or returned, though nothing happens any more, and then nothing is read for it', async () => {
    const [id = ''] = await installation.insert(organizationId, 1);
    const { subscription, feed, notifier, pool } = await listening();
    const other = feed.deliveries({ organizationId, signal: new AbortController().signal });
    const waiting = [subscription.next(), other.next()];
    stop.abort();
    await other.return?.();
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));

    const elsewhere = randomUUID();
    const [theirs = ''] = await installation.insert(elsewhere, 1);
    const neighbour = feed.deliveries({ organizationId: elsewhere, signal: new AbortController().signal });
    await neighbour.ready;
    await change(installation.pool, [id, theirs]);
    notifier.changed(organizationId, [id]);
    notifier.changed(elsewhere, [theirs]);
    await new Client(neighbour).knows(new Map([[theirs, 2]]));
    expect(pool.count(statement.byIds)).toBe(1);
  });

  it('at once when its signal was aborted before', async () => {
    const { feed } = installation.process();
    const subscription = feed.deliveries({ organizationId, signal: AbortSignal.abort() });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  it('with the process, telling the client to go on elsewhere, and no connection is left', async () => {
    const { subscription, feed, ...live } = await listening();
    expect(await installation.listeners()).toBe(1);
    const waiting = subscription.next();
    const told = expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await live.close();
    await told;
    expect(() => feed.deliveries({ organizationId, signal: stop.signal })).toThrow(/Subscribe again/);
    expect(await installation.listeners()).toBe(0);
  });

  it('as it begins when the database is away', async () => {
    const live = installation.process();
    const { feed } = live;
    await live.pool.end();
    const subscription = feed.deliveries({ organizationId, signal: stop.signal });
    await expect(subscription.ready).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(subscription.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a cursor', () => {
  it('of another organization is refused at once, naming the argument', () => {
    const { feed } = installation.process();
    const after = writeCursor(randomUUID(), Date.now());
    expect(() => feed.deliveries({ organizationId, after, signal: stop.signal })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', field: 'after' }),
    );
  });

  it('older than a week is refused, saying how to go on', async () => {
    const { feed } = installation.process();
    const after = writeCursor(organizationId, Date.now() - 8 * 24 * 3_600_000);
    const subscription = feed.deliveries({ organizationId, after, signal: stop.signal });
    const refusal = { code: 'VALIDATION_FAILED', field: 'after', message: expect.stringContaining('7 days') };
    await expect(subscription.ready).rejects.toMatchObject(refusal);
    await expect(subscription.next()).rejects.toMatchObject(refusal);
  });

  it('from a clock that was ahead still leads to what happens next', async () => {
    const [id = ''] = await installation.insert(organizationId, 1);
    const live = installation.process({ catchUpMs: never });
    const after = writeCursor(organizationId, Date.now() + 3_600_000);
    const subscription = live.feed.deliveries({ organizationId, after, signal: stop.signal });
    const client = new Client(subscription);
    await subscription.ready;
    await change(installation.pool, [id]);
    live.notifier.changed(organizationId, [id]);
    await client.knows(new Map([[id, 2]]));
  });
});
