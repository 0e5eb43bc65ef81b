import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../core/access/digest.ts';
import type { Granted } from '../../../core/access/principal.ts';
import { newId } from '../../../core/ground/newId.ts';
import { overlapMs, rotateMs } from '../../../core/sessions/limits.ts';
import { createSessions, type Sessions } from '../../../core/sessions/sessions.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { expireKeys } from '../../../core/sweep/expired.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

const hourMs = 3_600_000;
const limits = { idleMs: 8 * hourMs, maxMs: 48 * hourMs };
const origin = { address: '203.0.113.77', userAgent: 'Firefox' };
const never = Number.POSITIVE_INFINITY;

describe('a session, by a clock that the test moves', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  /** What the processes take for the time. */
  let time: number;
  const user = (): Granted => ({ kind: 'USER', id: `user-${newId()}`, grants: [], origin });
  const process = (): Sessions =>
    createSessions({ ...database, log: pino({ level: 'silent' }), limits, now: () => time });
  let sessions: Sessions;
  const open = async () => (await sessions.open(user(), never, 'no key')).token;
  const use = (token: string, at = sessions) => at.use(token, origin, true);
  const ending = (token: string, at = sessions) =>
    use(token, at).then(
      () => 'none',
      (error) => error.ending ?? error.code,
    );

  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = openDatabase(testDatabase.url);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(() => {
    time = Date.now();
    sessions = process();
  });

  it('ends when it was not used for the idle limit, and each use begins that anew', async () => {
    const token = await open();
    let current = token;
    for (let hours = 0; hours < 24; hours += 6) {
      time += 6 * hourMs;
      current = (await use(current)).renewed ?? current;
    }
    time += limits.idleMs - 1;
    current = (await use(current)).renewed ?? current;
    time += limits.idleMs;
    expect(await ending(current)).toBe('IDLE');
  });

  it('ends at its absolute limit, however much it is used; and with the token that opened it', async () => {
    let token = await open();
    const endsAt = time + limits.maxMs;
    for (time += 7 * hourMs; time < endsAt; time += 7 * hourMs) token = (await use(token)).renewed ?? token;
    time = endsAt;
    expect(await ending(token)).toBe('EXPIRED');
    const short = await sessions.open(user(), time + 60_000, 'no key');
    expect(short.expiresAt.getTime()).toBe(time + 60_000);
    time += 60_000;
    expect(await ending(short.token)).toBe('EXPIRED');
  });

  it('gets a new token now and then, once for all who ask at the same time, in whatever process', async () => {
    const token = await open();
    await use(token);
    time += rotateMs - 1;
    expect((await use(token)).renewed).toBeNull();
    time += 1;
    const others = process();
    const used = await Promise.all([sessions, others, sessions, others].map((at) => at.use(token, origin, true)));
    const renewed = used.flatMap(({ renewed: next }) => next ?? []);
    expect(renewed).toHaveLength(1);
    // Another tab still sends the one before.
    expect((await use(renewed[0] as string)).renewed).toBeNull();
    expect((await use(token, process())).renewed).toBeNull();
    time += overlapMs;
    expect(await ending(token, process())).toBe('none');
    time += 1;
    expect(await ending(token, process())).toBe('REUSED');
    // Whoever has the newest one may be the one who copied it.
    expect(await ending(renewed[0] as string, process())).toBe('REUSED');
  });

  it('whose new token was lost on the way gets another', async () => {
    const token = await open();
    await use(token);
    time += rotateMs;
    const lost = (await use(token)).renewed as string;
    time += overlapMs + 1;
    const next = (await use(token)).renewed as string;
    expect(next).not.toBe(lost);
    expect(await ending(next)).toBe('none');
    expect(await ending(lost, process())).toBe('UNAUTHENTICATED');
  });

  it('is not renewed by a socket, whose answer can carry no cookie', async () => {
    const token = await open();
    time += 2 * rotateMs;
    expect((await sessions.use(token, origin, false)).renewed).toBeNull();
    const { session } = await sessions.use(token, origin, false);
    expect((await sessions.again(session.id)).session).toBe(session.id);
    await sessions.end(session.id, 'ENDED');
    await expect(sessions.again(session.id)).rejects.toMatchObject({ ending: 'ENDED' });
  });

  it('stores only digests, the network of an address, and the beginning of a user agent', async () => {
    const token = await open();
    const { rows } = await database.pool.query('SELECT t::text AS row, * FROM session t WHERE digest = $1', [
      digestOf(token),
    ]);
    expect(rows[0].row).not.toContain(token);
    expect(rows[0]).toMatchObject({ address: '203.0.113.0/24', user_agent: 'Firefox', api_key_id: null });
    const long = { ...user(), origin: { address: '2001:db8:1:2::3', userAgent: `${'x'.repeat(199)}😀` } };
    await sessions.open(long, never, 'no key');
    const stored = await database.pool.query('SELECT address, user_agent FROM session WHERE user_id = $1', [long.id]);
    expect(stored.rows).toEqual([{ address: '2001:db8:1::/48', user_agent: `${'x'.repeat(199)}\ufffd` }]);
  });

  it('makes room for a new one when somebody has a hundred: the one that was not used for longest goes', async () => {
    const one = user();
    const first = await sessions.open(one, never, 'no key');
    for (let made = 1; made < 100; made++) {
      time += 1;
      await sessions.open(one, never, 'no key');
    }
    const stored = async () =>
      (await database.pool.query('SELECT id FROM session WHERE user_id = $1 ORDER BY id', [one.id])).rows;
    const before = await stored();
    expect(before).toHaveLength(100);
    expect(before[0]).toEqual({ id: first.id });
    time += 1;
    const { id } = await sessions.open(one, never, 'no key');
    expect(await stored()).toEqual([...before.slice(1), { id }]);
  });

  it('says why it ended for three days, and is swept away then', async () => {
    const { id, token } = await sessions.open(user(), never, 'no key');
    await sessions.end(id, 'SIGNED_OUT');
    await expireKeys(database.pool, 5_000);
    expect(await ending(token, process())).toBe('SIGNED_OUT');
    await database.pool.query(`UPDATE session SET ended_at = now() - interval '73 hours' WHERE id = $1`, [id]);
    await expireKeys(database.pool, 5_000);
    expect(await ending(token, process())).toBe('UNAUTHENTICATED');
  });
});
