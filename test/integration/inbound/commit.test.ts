import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InboundCommit, type InboundRow } from '../../../core/inbound/inboundCommit.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant } from '../../support/tenant.ts';

let database: TestDatabase;
let pool: pg.Pool;
const webhookId = v7();
const tokenDigest = randomBytes(32);

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  const { organizationId, projectId } = await createTenant(pool, 'TESTPLANIT');
  const integrationId = v7();
  await pool.query(
    `INSERT INTO issue_integration (id, organization_id, project_id, provider, base_url) VALUES ($1, $2, $3, 'GITHUB', 'https://github.invalid')`,
    [integrationId, organizationId, projectId],
  );
  await pool.query(
    `INSERT INTO inbound_webhook (id, organization_id, project_id, integration_id, provider, token_digest, secret_sealed)
     VALUES ($1, $2, $3, $4, 'GITHUB', $5, '\\x00')`,
    [webhookId, organizationId, projectId, integrationId, tokenDigest],
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const row = (): InboundRow => {
  const deliveryId = v7();
  return {
    webhookId,
    tokenDigest,
    identityDigest: createHash('sha256').update(deliveryId).digest(),
    deliveryId,
    eventType: 'issues.edited',
    externalId: '7',
    locator: 'acme/shop#7',
    payloadDigest: randomBytes(32),
    status: 'PENDING',
    reason: null,
    isTest: false,
  };
};

describe('the commits of what trackers report', () => {
  it('are few while reports keep coming one by one, and leave none out', async () => {
    const commits = new InboundCommit(pool);
    await commits.store(row());
    const beganAt = performance.now();
    const stored: Promise<string>[] = [];
    while (performance.now() - beganAt < 400) {
      stored.push(commits.store(row()));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const outcomes = await Promise.all(stored);
    const tookMs = performance.now() - beganAt;
    expect(new Set(outcomes)).toEqual(new Set(['ACCEPTED']));
    // Rows of one commit have one transaction in common. Timers drop fractions, so that 8 ms may be 7.
    const { rows } = await pool.query(
      'SELECT count(*)::int, count(DISTINCT xmin::text)::int AS commits FROM inbound_event',
    );
    expect(rows[0].count).toBe(outcomes.length + 1);
    expect(rows[0].commits).toBeLessThanOrEqual(tookMs / 7 + 2);
    expect(rows[0].commits).toBeGreaterThan(2);
  });

  it('take of two copies in one commit the one that names an issue', async () => {
    const commits = new InboundCommit(pool);
    const whole = row();
    const ignored: InboundRow = { ...row(), externalId: null, locator: null, status: 'CANCELLED' };
    const copies = [{ ...ignored, identityDigest: whole.identityDigest }, whole];
    expect(await Promise.all(copies.map((each) => commits.store(each)))).toEqual(['DUPLICATE', 'ACCEPTED']);
  });

  it('say how long the latest took, and nothing of times long past', async () => {
    const commits = new InboundCommit(pool);
    expect(commits.latestMs).toBe(0);
    const storing = commits.store(row());
    await storing;
    expect(commits.latestMs).toBeGreaterThan(0);
    await expect.poll(() => commits.latestMs).toBe(0);
  });

  it('say while one hangs how long it has', async () => {
    const commits = new InboundCommit(pool);
    const client = await pool.connect();
    try {
      await client.query('BEGIN; LOCK inbound_event IN ACCESS EXCLUSIVE MODE');
      const storing = commits.store(row());
      await expect.poll(() => commits.latestMs).toBeGreaterThan(100);
      await client.query('ROLLBACK');
      expect(await storing).toBe('ACCEPTED');
    } finally {
      client.release();
    }
  });

  it('fail for the report that the database cannot take, and for no other of its group', async () => {
    const commits = new InboundCommit(pool);
    const untakable = { ...row(), eventType: 'issues.\u0000' };
    const outcomes = await Promise.allSettled([row(), untakable, row(), row()].map((each) => commits.store(each)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});
