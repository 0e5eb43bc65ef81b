import type pg from 'pg';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { decodeHints, decodeIds } from '../../../core/live/hint.ts';
import { createNotifier, type NotifierOptions } from '../../../core/live/notifier.ts';

const log = pino({ enabled: false });
const organization = (n: number) => `018f0000-0000-7000-8000-${n.toString().padStart(12, '0')}`;
const delivery = (n: number) => `018fdddd-0000-7000-8000-${n.toString().padStart(12, '0')}`;

interface Statement {
  readonly hints: ReturnType<typeof decodeHints>;
  succeed(): void;
  fail(): void;
}

/** In place of the database: the test gets each statement, and decides when and how it ends. */
function statements() {
  const arrived: Statement[] = [];
  const awaited: ((statement: Statement) => void)[] = [];
  const pool = {
    query: (_text: string, [, payloads]: [string, string[]]) =>
      new Promise<void>((succeed, reject) => {
        const statement = {
          hints: payloads.flatMap(decodeHints),
          succeed: () => succeed(),
          fail: () => reject(new Error('the database is away')),
        };
        const take = awaited.shift();
        if (take) take(statement);
        else arrived.push(statement);
      }),
  } as unknown as pg.Pool;
  const next = () =>
    new Promise<Statement>((resolve) => {
      const statement = arrived.shift();
      if (statement) resolve(statement);
      else awaited.push(resolve);
    });
  return { pool, next, arrived };
}

function start(options: NotifierOptions = {}) {
  const database = statements();
  return { ...database, notifier: createNotifier(database.pool, log, { gatherMs: 1, ...options }) };
}

const idsOf = ({ hints }: Statement) => hints.flatMap((hint) => decodeIds(hint.encodedIds ?? ''));

describe('the notifier', () => {
  it('sends changes of several batches and organizations in one statement, each id once', async () => {
    const { notifier, next } = start();
    notifier.changed(organization(1), [delivery(1), delivery(2)]);
    notifier.changed(organization(2), [delivery(3)]);
    notifier.changed(organization(1), [delivery(2), delivery(4)]);
    const { hints } = await next();
    expect(hints.map((hint) => [hint.organizationId, decodeIds(hint.encodedIds ?? '')])).toEqual([
      [organization(1), [delivery(1), delivery(2), delivery(4)]],
      [organization(2), [delivery(3)]],
    ]);
  });

  it('runs one statement at a time, and sends the changes that came meanwhile in the next', async () => {
    const { notifier, next, arrived } = start();
    notifier.changed(organization(1), [delivery(1)]);
    const first = await next();
    for (let n = 2; n < 100; n++) {
      notifier.changed(organization(1), [delivery(n)]);
      await Promise.resolve();
    }
    expect(arrived).toHaveLength(0);
    first.succeed();
    expect(idsOf(await next())).toHaveLength(98);
  });

  it('names only the organization if it has too many ids', async () => {
    const { notifier, next } = start({ maxIds: 3 });
    notifier.changed(organization(1), [delivery(1)]);
    notifier.changed(organization(2), [delivery(2), delivery(3), delivery(4)]);
    notifier.changed(organization(2), [delivery(5)]);
    notifier.changed(organization(1), [delivery(6)]);
    const { hints } = await next();
    expect(hints).toContainEqual({ topic: 'delivery', organizationId: organization(2), encodedIds: null });
    expect(idsOf({ hints } as Statement)).toEqual([delivery(1), delivery(6)]);
  });

  it('names the ids of an organization with few changes, even if another’s many came first', async () => {
    const { notifier, next } = start({ maxIds: 3 });
    notifier.changed(organization(1), [delivery(1), delivery(2), delivery(3)]);
    notifier.changed(organization(2), [delivery(4)]);
    const { hints } = await next();
    expect(hints).toContainEqual({ topic: 'delivery', organizationId: organization(1), encodedIds: null });
    expect(idsOf({ hints } as Statement)).toEqual([delivery(4)]);
  });

  it('names no organization if there are too many', async () => {
    const { notifier, next } = start({ maxOrganizations: 2 });
    for (const n of [1, 2, 3, 4]) notifier.changed(organization(n), [delivery(n)]);
    expect((await next()).hints).toEqual([{ topic: 'delivery', organizationId: null, encodedIds: null }]);
  });

  it('keeps topics apart', async () => {
    const { notifier, next } = start();
    notifier.changed(organization(1), [delivery(1)]);
    notifier.changed(organization(1), [delivery(2)], 'webhookHealth');
    expect((await next()).hints.map((hint) => [hint.topic, decodeIds(hint.encodedIds ?? '')])).toEqual([
      ['delivery', [delivery(1)]],
      ['webhookHealth', [delivery(2)]],
    ]);
  });

  it('goes on after a failed statement, without sending its changes again', async () => {
    const { notifier, next } = start();
    notifier.changed(organization(1), [delivery(1)]);
    (await next()).fail();
    notifier.changed(organization(1), [delivery(2)]);
    expect(idsOf(await next())).toEqual([delivery(2)]);
  });

  it('sends waiting changes when it is closed', async () => {
    const { notifier, next } = start({ gatherMs: 3_600_000 });
    notifier.changed(organization(1), [delivery(1)]);
    const closed = notifier.close();
    const statement = await next();
    expect(idsOf(statement)).toEqual([delivery(1)]);
    statement.succeed();
    await closed;
  });
});
