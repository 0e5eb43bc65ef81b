import { randomBytes } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IssueRef, OwnedIssue } from '../../../core/issues/provider.ts';
import { sweepIssues } from '../../../core/issues/sweepIssues.ts';
import { retriesMs } from '../../../core/issues/syncIssue.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { issueWorkflowId } from '../../../workflows/names.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';
import { timeSkippingEnvironment } from '../../support/timeSkipping.ts';
import { startWorkflowWorker } from '../../support/workflowWorker.ts';
import { FakeGitHub } from '../../trackers/github.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const taskQueue = 'issues';

describe('the sync of an issue', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let environment: TestWorkflowEnvironment;
  let tenant: Tenant;
  let stopWorker: () => Promise<void>;
  let gitHub: FakeGitHub;
  let issue: IssueRef;
  const woken: OwnedIssue[] = [];
  const fetched: string[] = [];
  let nextNumber = 1;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 6 });
    tenant = await createTenant(pool, 'TESTPLANIT');
    environment = await timeSkippingEnvironment();
    stopWorker = await startWorkflowWorker({
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      pool,
      keys: tenant.keys,
      signalIssue: async (ref) => void woken.push(ref),
      onFetched: (provider, outcome) => void fetched.push(`${provider} ${outcome}`),
    });
    await pool.query(`UPDATE project SET owner_id = 'marta' WHERE id = $1`, [tenant.projectId]);
  });
  beforeEach(async () => {
    gitHub = await new FakeGitHub().listen();
    const id = v7();
    await pool.query(
      `INSERT INTO issue_integration (id, organization_id, project_id, provider, base_url, credentials_sealed)
       VALUES ($1, $2, $3, 'GITHUB', $4, $5)`,
      [
        id,
        tenant.organizationId,
        tenant.projectId,
        gitHub.baseUrl,
        tenant.keys.seal(JSON.stringify({ token: gitHub.token }), `integration_credentials:${id}`),
      ],
    );
    issue = { projectId: tenant.projectId, provider: 'GITHUB', externalId: String(7_000 + nextNumber) };
    put({ title: 'Berth 4 is double-booked' });
  });
  afterEach(async () => {
    await pool.query('DELETE FROM issue_integration');
    await gitHub.close();
    nextNumber++;
  });
  afterAll(async () => {
    await stopWorker();
    await environment.teardown();
    await pool.end();
    await database.drop();
  });

  const owned = (): OwnedIssue => ({ ...issue, organizationId: tenant.organizationId });
  const locator = (ref = issue) => `acme/shop#${ref.externalId}`;
  const put = (changes: Parameters<FakeGitHub['put']>[1] = {}, ref = issue) =>
    gitHub.put(locator(ref), { id: Number(ref.externalId), changedAt: new Date(), ...changes });

  /** Stores what a tracker reported, as the receiver does. @returns the deliveries' ids */
  async function report(count = 1, ref = issue, dueAt = new Date()): Promise<string[]> {
    const ids = Array.from({ length: count }, () => v7());
    await pool.query(
      `WITH d AS (
         INSERT INTO delivery (id, organization_id, project_id, event_type, direction, status, next_attempt_at, payload_digest)
         SELECT id, $2, $3, 'issues.edited', 'INBOUND', 'PENDING', now(), '\\x00' FROM unnest($1::uuid[]) AS id
       )
       INSERT INTO inbound_event (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                  external_id, locator, pending, due_at)
       SELECT $2, digest, $2, $3, id, 'GITHUB', $4, $5, true, $7 FROM unnest($1::uuid[], $6::bytea[]) AS e(id, digest)`,
      [
        ids,
        tenant.organizationId,
        tenant.projectId,
        ref.externalId,
        locator(ref),
        ids.map(() => randomBytes(32)),
        dueAt,
      ],
    );
    return ids;
  }

  const signal = (ref = issue) =>
    environment.client.workflow.signalWithStart('syncIssue', {
      workflowId: issueWorkflowId(ref),
      taskQueue,
      args: [ref],
      signal: 'reported',
      signalArgs: [],
    });

  /** Reports, and lets time pass until the workflow has ended. @returns how long it took, in the workflow's time */
  async function runToItsEnd(ref = issue): Promise<number> {
    const handle = await signal(ref);
    await handle.result();
    const { startTime, closeTime } = await environment.client.workflow
      .getHandle(issueWorkflowId(ref), handle.signaledRunId)
      .describe();
    return (closeTime as Date).getTime() - startTime.getTime();
  }

  const stored = async (ref = issue) =>
    (
      await pool.query('SELECT * FROM issue WHERE project_id = $1 AND external_id = $2', [
        ref.projectId,
        ref.externalId,
      ])
    ).rows[0];
  const outcomes = async (ids: readonly string[]) =>
    (await pool.query('SELECT DISTINCT status, status_reason FROM delivery WHERE id = ANY($1)', [ids])).rows;
  const published = async () =>
    (
      await pool.query(
        `SELECT type, data::text, previous::text FROM event WHERE data->>'external_key' = $1 ORDER BY id`,
        [locator()],
      )
    ).rows as { type: string; data: string; previous: string | null }[];

  it('imports an issue that is new, in the name of the project’s owner, and tells the log what became of the report', async () => {
    const ids = await report();
    await runToItsEnd();
    expect(await stored()).toMatchObject({
      organization_id: tenant.organizationId,
      external_key: locator(),
      title: 'Berth 4 is double-booked',
      state: 'open',
      creator_id: 'marta',
      removed_at: null,
      version: 1,
    });
    expect(await outcomes(ids)).toEqual([
      { status: 'DELIVERED', status_reason: `The issue ${locator()} was created.` },
    ]);
  });

  it('publishes every change to the project’s webhooks, by the catalogue’s schema, once', async () => {
    const webhook = await createWebhook(pool, tenant, 'http://127.0.0.1:9/', {
      profile: 'TESTPLANIT',
      eventTypes: ['issue.created', 'issue.updated', 'issue.deleted'],
    });
    await report();
    await runToItsEnd();
    put({ title: 'Berth 4 is free', assignee: 'marta' });
    await report(3);
    await runToItsEnd();
    gitHub.issues.clear();
    await report();
    await runToItsEnd();
    const events = await published();
    expect(events.map(({ type }) => type)).toEqual(['issue.created', 'issue.updated', 'issue.deleted']);
    const ajv = addFormats.default(new Ajv2020({ strict: false }));
    for (const { type, data } of events) {
      const entry = profileOf('TESTPLANIT').catalogue.find(({ name }) => name === type);
      const validate = ajv.compile(entry?.schema as object);
      expect([type, validate(JSON.parse(data)), validate.errors]).toEqual([type, true, null]);
    }
    expect(JSON.parse(events[1]?.data ?? '')).toMatchObject({
      title: 'Berth 4 is free',
      assignee: 'marta',
      provider: 'GITHUB',
    });
    expect(JSON.parse(events[1]?.previous ?? '')).toMatchObject({ title: 'Berth 4 is double-booked', assignee: null });
    const { rows } = await pool.query('SELECT event_type, leased_by FROM delivery WHERE webhook_id = $1 ORDER BY id', [
      webhook.id,
    ]);
    expect(rows.map((row) => row.event_type)).toEqual(['issue.created', 'issue.updated', 'issue.deleted']);
  });

  it('publishes nothing, and changes nothing, where what is kept has not changed', async () => {
    await report();
    await runToItsEnd();
    put({ changedAt: new Date(Date.now() + 5_000) });
    const ids = await report();
    await runToItsEnd();
    expect((await stored()).version).toBe(1);
    expect(await published()).toHaveLength(1);
    expect((await outcomes(ids))[0].status_reason).toMatch(/none of its stored fields had changed/);
  });

  it('marks an issue as removed where the tracker answers 404, and brings it back when it is there again', async () => {
    await report();
    await runToItsEnd();
    gitHub.issues.clear();
    const ids = await report();
    await runToItsEnd();
    expect((await stored()).removed_at).not.toBeNull();
    expect(await outcomes(ids)).toEqual([
      { status: 'DELIVERED', status_reason: `The issue ${locator()} is marked as removed.` },
    ]);
    put({ title: 'Back again' });
    await report();
    await runToItsEnd();
    expect(await stored()).toMatchObject({ removed_at: null, title: 'Back again', version: 3 });
  });

  it('makes nothing of an issue that was never there', async () => {
    gitHub.issues.clear();
    const ids = await report();
    await runToItsEnd();
    expect(await stored()).toBeUndefined();
    expect((await outcomes(ids))[0].status_reason).toMatch(/has no such issue/);
  });

  it('does not let an older answer replace a newer one', async () => {
    await report();
    await runToItsEnd();
    put({ title: 'From an hour ago', changedAt: new Date(Date.now() - HOUR) });
    await report();
    await runToItsEnd();
    expect((await stored()).title).toBe('Berth 4 is double-booked');
  });

  it('answers a burst of reports with few fetches, and the last state wins', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 10; round++) {
      ids.push(...(await report(50)));
      put({ title: `State ${round}`, changedAt: new Date(Date.now() + round * 1_000) });
      await signal();
    }
    await runToItsEnd();
    expect(gitHub.fetches).toBeLessThanOrEqual(10);
    expect((await stored()).title).toBe('State 9');
    const { rows } = await pool.query('SELECT count(*)::int FROM delivery WHERE id = ANY($1) AND status = $2', [
      ids,
      'DELIVERED',
    ]);
    expect(rows[0].count).toBe(500);
  });

  it('loses no report that comes while it fetches', async () => {
    gitHub.next.push(null);
    const first = await report();
    const handle = await signal();
    await gitHub.fetched(1);
    // The first fetch hangs; meanwhile the issue changes and is reported anew.
    put({ title: 'Changed meanwhile', changedAt: new Date(Date.now() + 5_000) });
    const second = await report();
    await signal();
    await handle.result();
    expect((await stored()).title).toBe('Changed meanwhile');
    expect(await outcomes([...first, ...second])).toEqual([{ status: 'DELIVERED', status_reason: expect.any(String) }]);
  });

  it('waits as long as the tracker’s Retry-After asks, by a durable timer, and says so in the log', async () => {
    gitHub.next.push({ code: 429, headers: { 'retry-after': '7200' } });
    const ids = await report();
    const handle = await signal();
    await gitHub.fetched(1);
    await expect
      .poll(async () => (await outcomes(ids))[0])
      .toEqual({ status: 'PENDING', status_reason: 'The tracker limits its use (429). It is tried again later.' });
    // What is reported meanwhile does not hurry it, and is answered by the same fetch.
    const later = await report(5);
    await signal();
    await handle.result();
    const { startTime, closeTime } = await handle.describe();
    expect((closeTime as Date).getTime() - startTime.getTime()).toBeGreaterThanOrEqual(2 * HOUR);
    expect(gitHub.fetches).toBe(2);
    expect(await outcomes([...ids, ...later])).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it('keeps off for a minute at GitHub’s secondary limit, which names no time', async () => {
    gitHub.next.push({
      code: 403,
      body: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' },
    });
    await report();
    const took = await runToItsEnd();
    expect(took).toBeGreaterThanOrEqual(MINUTE);
    expect(took).toBeLessThan(2 * MINUTE);
    expect(gitHub.fetches).toBe(2);
  });

  it('keeps off until an exhausted quota is reset', async () => {
    const reset = Math.ceil((Date.now() + 40 * MINUTE) / 1_000);
    gitHub.next.push({ code: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) } });
    await report();
    const took = await runToItsEnd();
    expect(took).toBeGreaterThan(39 * MINUTE);
    expect(took).toBeLessThan(47 * MINUTE);
  });

  it('leaves a tracker that limits one issue alone with all other issues of the project, too', async () => {
    const others = Array.from({ length: 4 }, (_, index) => ({
      ...issue,
      externalId: String(90_000 + nextNumber * 10 + index),
    }));
    for (const ref of others) {
      put({}, ref);
      await report(1, ref);
    }
    gitHub.next.push({ code: 429, headers: { 'retry-after': '3600' } });
    await report();
    const handle = await signal();
    await gitHub.fetched(1);
    await expect
      .poll(async () => (await pool.query('SELECT paused_until FROM issue_integration')).rows[0].paused_until)
      .not.toBeNull();
    const handles = await Promise.all(others.map((ref) => signal(ref)));
    await expect
      .poll(
        async () =>
          (
            await pool.query(
              `SELECT count(*)::int FROM delivery WHERE status_reason LIKE 'The tracker limits%' AND status = 'PENDING'`,
            )
          ).rows[0].count,
      )
      .toBe(5);
    expect(gitHub.fetches).toBe(1);
    // One after the other: waiting for several at once leaves the test server's clock locked.
    for (const each of [handle, ...handles]) await each.result();
    expect(gitHub.fetches).toBe(6);
  });

  it('tries again where the tracker fails, ever later, and then fails in the log with the reason', async () => {
    for (let index = 0; index <= retriesMs.length; index++) gitHub.next.push({ code: 502 });
    const ids = await report();
    const took = await runToItsEnd();
    expect(gitHub.fetches).toBe(retriesMs.length + 1);
    expect(took).toBeGreaterThanOrEqual(retriesMs.reduce((sum, ms) => sum + ms, 0));
    expect(await outcomes(ids)).toEqual([{ status: 'FAILED', status_reason: "The tracker's API answered 502." }]);
    expect(await stored()).toBeUndefined();
    // What is reported afterwards is a new start.
    await report();
    await runToItsEnd();
    expect((await stored()).title).toBe('Berth 4 is double-booked');
  });

  it.each([
    [
      'its credentials cannot be opened',
      `UPDATE issue_integration SET credentials_sealed = '\\x0102', changed_at = clock_timestamp()`,
      'SELECT 1',
      'The credentials of the integration cannot be decrypted: set the integration again.',
    ],
    [
      'what the tracker shows cannot be stored',
      `ALTER TABLE issue ADD CONSTRAINT unwanted CHECK (state <> 'open') NOT VALID`,
      'ALTER TABLE issue DROP CONSTRAINT unwanted',
      'The issue could not be stored as the tracker shows it. The operator finds the reason in the log.',
    ],
  ])(
    'fails in the log after as many tries where %s, and is not tried for ever',
    async (_why, before, after, reason) => {
      await pool.query(before);
      try {
        const ids = await report();
        const took = await runToItsEnd();
        expect(took).toBeGreaterThanOrEqual(retriesMs.reduce((sum, ms) => sum + ms, 0));
        expect(await outcomes(ids)).toEqual([{ status: 'FAILED', status_reason: reason }]);
        expect(await stored()).toBeUndefined();
      } finally {
        await pool.query(after);
      }
    },
  );

  it('tells how each call to the tracker went', async () => {
    fetched.length = 0;
    gitHub.next.push({ code: 429, headers: { 'retry-after': '60' } }, { code: 502 });
    await report();
    await runToItsEnd();
    gitHub.issues.clear();
    await report();
    await runToItsEnd();
    expect(fetched).toEqual(['GITHUB limited', 'GITHUB failed', 'GITHUB found', 'GITHUB gone']);
  });

  it('goes on after the tracker was away', async () => {
    const { origin } = gitHub;
    await gitHub.close();
    const ids = await report();
    const handle = await signal();
    await expect.poll(async () => (await outcomes(ids))[0].status_reason).toMatch(/No connection to 127\.0\.0\.1/);
    gitHub = await new FakeGitHub().listen();
    put();
    await pool.query('UPDATE issue_integration SET base_url = $1, changed_at = clock_timestamp() WHERE base_url = $2', [
      gitHub.baseUrl,
      origin,
    ]);
    await handle.result();
    expect((await outcomes(ids))[0].status).toBe('DELIVERED');
  });

  it('ends what was reported through an integration that is gone, without a call', async () => {
    await pool.query('DELETE FROM issue_integration');
    const ids = await report(3);
    await runToItsEnd();
    expect(await outcomes(ids)).toEqual([
      { status: 'CANCELLED', status_reason: expect.stringMatching(/integration was removed/) },
    ]);
    expect(gitHub.asked).toEqual([]);
  });

  it('is taken up by the sweep where the process that took the report died before it told anybody', async () => {
    await report(1, issue, new Date(Date.now() - MINUTE));
    const waiting = { ...issue, externalId: '123456' };
    await report(1, waiting, new Date(Date.now() + HOUR));
    woken.length = 0;
    const swept = await environment.client.workflow.start('sweep', { workflowId: v7(), taskQueue });
    await swept.result();
    await expect.poll(() => woken).toEqual([owned()]);
    await runToItsEnd();
    expect(await stored()).toMatchObject({ version: 1 });
  });

  it.each([
    ['the tracker limits', { code: 429, headers: { 'retry-after': '7200' } }],
    ['the tracker fails', { code: 502 }],
  ])(
    'is left in peace by the sweep while it waits because %s, whatever is reported meanwhile',
    async (_why, answer) => {
      gitHub.next.push(answer);
      const ids = await report();
      const handle = await signal();
      await expect.poll(async () => (await outcomes(ids))[0].status_reason).toMatch(/It is tried again later\.$/);
      const later = await report(3, issue, new Date(Date.now() - MINUTE));
      expect(await sweepIssues(pool)).toEqual([]);
      await handle.result();
      expect(await outcomes([...ids, ...later])).toMatchObject([{ status: 'DELIVERED' }]);
    },
  );

  it('is not begun by the sweep while the tracker limits the integration, but afterwards', async () => {
    const paused = (until: Date | null) => pool.query('UPDATE issue_integration SET paused_until = $1', [until]);
    await paused(new Date(Date.now() + HOUR));
    await report(1, issue, new Date(Date.now() - MINUTE));
    expect(await sweepIssues(pool)).toEqual([]);
    await paused(new Date(Date.now() - 1_000));
    expect(await sweepIssues(pool)).toEqual([owned()]);
    await runToItsEnd();
  });

  it('sleeps an hour at most at once, so that what is reported through a whole day of waiting fits its history', async () => {
    gitHub.next.push({ code: 429, headers: { 'retry-after': '86400' } });
    await report();
    const handle = await signal();
    await handle.result();
    const { startTime, closeTime } = await handle.describe();
    expect((closeTime as Date).getTime() - startTime.getTime()).toBeGreaterThanOrEqual(24 * HOUR);
    expect(gitHub.fetches).toBe(2);
    const { events } = await handle.fetchHistory();
    const sleeps = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
      timer ? [Number(timer.startToFireTimeout?.seconds ?? 0)] : [],
    );
    expect(sleeps.length).toBeGreaterThanOrEqual(24);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(3_600);
  });

  it('keeps a small history over a whole day of limits', async () => {
    for (let index = 0; index < 24; index++) gitHub.next.push({ code: 429, headers: { 'retry-after': '3600' } });
    await report();
    const handle = await signal();
    await handle.result();
    expect((await handle.describe()).historyLength).toBeLessThan(400);
    expect(await stored()).toMatchObject({ version: 1 });
  });
});
