import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { signature } from '../../../core/inbound/providers/hmac.ts';
import { createIssueSync, type IssueSync } from '../../../core/issues/issueSync.ts';
import { syncIssue } from '../../../core/issues/syncIssue.ts';
import { createNotifier, type Notifier } from '../../../core/live/notifier.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { createInbound, reachable, setIntegration } from '../../support/inbound.ts';
import { FakeJira } from '../../trackers/jira.ts';

const log = pino({ level: 'silent' });
const hour = 3_600_000;
let api: TestApi;
let pool: pg.Pool;
let notifier: Notifier;
let sync: IssueSync;
const old = new FakeJira();
const other = new FakeJira();

beforeAll(async () => {
  const encryptionKeys = generateKey();
  api = await TestApi.start({ encryptionKeys });
  await Promise.all([old.listen(), other.listen()]);
  pool = new pg.Pool({ connectionString: api.database.url, max: 4 });
  const keys = parseKeyRing(encryptionKeys);
  notifier = createNotifier(pool, log);
  // What a worker process does, without the clock that Temporal is.
  sync = createIssueSync({
    pool,
    keys,
    log,
    notifier,
    routes: new RouteCache(pool, keys),
    waker: new Waker(async () => {}, log),
    signal: async () => {},
    urlExemptions: { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] },
  });
});
afterAll(async () => {
  await notifier.close();
  await sync.close();
  await pool.end();
  await api.close();
  await Promise.all([old.close(), other.close()]);
});

describe('an integration that leads to another tracker of the same provider', () => {
  let tenant: TestTenant;
  let webhook: { url: string; secret: string };
  const remove = 'mutation ($id: ID!) { removeIssueIntegration(input: { projectId: $id }) { removedInboundWebhook } }';

  const lead = (jira: FakeJira, path = '') =>
    api.data(tenant.key, setIntegration, {
      input: {
        projectId: tenant.projectId,
        provider: 'JIRA',
        baseUrl: `${jira.baseUrl}${path}`,
        credentials: { email: jira.email, token: jira.token },
      },
    });

  async function createWebhook(): Promise<void> {
    const { createInboundWebhook: made } = await api.data(tenant.key, createInbound, {
      input: { projectId: tenant.projectId },
    });
    webhook = { url: reachable(api, made.url), secret: made.secret };
  }

  /** The tracker reports its issue. */
  async function report(id: string): Promise<void> {
    const body = JSON.stringify({ webhookEvent: 'jira:issue_updated', issue: { id, key: 'SHOP-1' } });
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        'x-atlassian-webhook-identifier': randomUUID(),
        'x-hub-signature': signature(webhook.secret, Buffer.from(body)),
      },
      body,
    });
    expect(await response.json()).toMatchObject({ outcome: 'accepted' });
  }

  const bring = (id: string) =>
    syncIssue(sync, {
      issue: { projectId: tenant.projectId, provider: 'JIRA', externalId: id },
      now: Date.now(),
      failures: 0,
    });

  const issues = async () =>
    (
      await pool.query(
        'SELECT external_id, external_key, removed_at IS NOT NULL AS removed FROM issue WHERE project_id = $1 ORDER BY external_id',
        [tenant.projectId],
      )
    ).rows.map((row) => `${row.external_id} ${row.external_key}${row.removed ? ', removed' : ''}`);

  beforeEach(async () => {
    tenant = await api.tenant('TESTPLANIT');
    old.put('10001', { key: 'OLD-1' });
    old.put('10002', { key: 'OLD-2' });
    other.put('10001', { key: 'NEW-1', changedAt: new Date(Date.now() - hour) });
    await lead(old);
    await createWebhook();
    for (const id of ['10001', '10002']) {
      await report(id);
      expect(await bring(id)).toEqual({ kind: 'done', more: false });
    }
  });

  it('takes the issues of the old one for removed, and brings back what is reported, however old it is', async () => {
    await lead(other);
    expect(await issues()).toEqual(['10001 OLD-1, removed', '10002 OLD-2, removed']);
    await report('10001');
    await bring('10001');
    expect(await issues()).toEqual(['10001 NEW-1', '10002 OLD-2, removed']);
  });

  it('does so also where the old one was removed before', async () => {
    await api.data(tenant.key, remove, { id: tenant.projectId });
    expect(await issues()).toEqual(['10001 OLD-1', '10002 OLD-2']);
    await lead(other);
    expect(await issues()).toEqual(['10001 OLD-1, removed', '10002 OLD-2, removed']);
  });

  it('keeps them where it is the same one with other credentials, or was removed and set again', async () => {
    await lead(old, '/');
    await api.data(tenant.key, remove, { id: tenant.projectId });
    await lead(old);
    expect(await issues()).toEqual(['10001 OLD-1', '10002 OLD-2']);
  });

  it('keeps nothing that was asked of the old one', async () => {
    let release = () => {};
    old.held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { fetches } = old;
    old.put('10001', { key: 'OLD-9' });
    await report('10001');
    const brought = bring('10001');
    await old.fetched(fetches + 1);
    await lead(other);
    release();
    old.held = null;
    expect(await brought).toEqual({ kind: 'done', more: true });
    expect(await issues()).toEqual(['10001 OLD-1, removed', '10002 OLD-2, removed']);
    expect(await bring('10001')).toEqual({ kind: 'done', more: false });
    expect(await issues()).toEqual(['10001 NEW-1', '10002 OLD-2, removed']);
  });
});
