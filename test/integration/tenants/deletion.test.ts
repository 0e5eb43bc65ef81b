import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/index.ts';
import { removeBatch } from '../../../core/deletions/batch.ts';
import { endingWithScope } from '../../../core/deletions/endingWithScope.ts';
import { goingAlong, nobodys, plan, staying } from '../../../core/deletions/plan.ts';
import { forgottenDeletions, removeSome } from '../../../core/deletions/removeSome.ts';
import { firstIdAt } from '../../../core/deliveries/pruneLog.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { newId } from '../../../core/ground/newId.ts';
import type { Notifier } from '../../../core/live/notifier.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { alone } from '../../support/batchLimits.ts';
import { png } from '../../support/images.ts';
import { gitHubProject, issueEvent, sendGitHub } from '../../support/inbound.ts';
import { Receiver } from '../../support/receiver.ts';
import { slowness } from '../../support/slowness.ts';
import { encryptionKeys, jwt, member } from '../../support/users.ts';
import { FakeGitHub } from '../../trackers/github.ts';

const deleteOrganization = `mutation ($input: DeleteOrganizationInput!) {
  deleteOrganization(input: $input) { deletion { id kind state organizationId projectId } } }`;
const deleteProject = `mutation ($input: DeleteProjectInput!) {
  deleteProject(input: $input) { deletion { id kind state organizationId projectId } } }`;
const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const read = `query ($id: ID!) { deletion(id: $id) {
  state removed { table count } principalKind principalId startedAt finishedAt version } }`;

/** Longest time after the answer in which another process may still serve what is deleted. Milliseconds. */
const boundMs = 5_000;

let api: TestApi;
let pool: pg.Pool;
let receiver: Receiver;
const gitHub = new FakeGitHub();
const notifier: Notifier = { changed() {}, close: async () => {} };

beforeAll(async () => {
  api = await TestApi.start({ encryptionKeys, jwt });
  pool = new pg.Pool({ connectionString: api.database.url, max: 4 });
  await gitHub.listen();
  receiver = await new Receiver(() => 200).listen();
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await gitHub.close();
  await receiver.close();
});

/** What the workflow does, to the end. */
async function finish(deletionId: string): Promise<void> {
  const parts = { pool, notifier, waker: new Waker(async () => {}, pino({ level: 'silent' })) };
  const limits = alone(60_000);
  expect(await removeSome(parts, deletionId, limits)).toBe(false);
}

/** A tenant with something in every table, beside a second project. */
async function furnished(): Promise<TestTenant & { second: string; portal: string; url: string; webhookId: string }> {
  const tenant = await api.tenant('TESTPLANIT');
  const { organizationId, projectId, key } = tenant;
  const { createProject } = await api.data(
    key,
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { input: { organizationId, name: 'Quay', profile: 'STANDARD' } },
  );
  const second: string = createProject.project.id;
  await member(api, tenant, `pia of ${organizationId}`, 'PROJECT_ADMIN');
  await member(api, tenant, `removed of ${organizationId}`, 'VIEWER');
  await api.data(key, 'mutation ($input: SetMemberInput!) { setMember(input: $input) { __typename } }', {
    input: { organizationId, userId: `removed of ${organizationId}`, role: null },
  });
  await api.data(
    key,
    'mutation ($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) { __typename } }',
    {
      input: { organizationId, role: 'VIEWER', permissions: ['WEBHOOK_READ'] },
    },
  );
  const { createPortalLink } = await api.data(
    key,
    'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
    { input: { projectId, permissions: ['WEBHOOK_READ'] } },
  );
  await api.data(
    key,
    'mutation ($input: UpdatePortalThemeInput!) { updatePortalTheme(input: $input) { __typename } }',
    { input: { projectId, logo: png(16, 16).toString('base64') } },
  );
  await api.eventType(tenant, 'crane.moved');
  await api.eventType({ ...tenant, projectId: second }, 'crane.moved');
  const webhook = await api.webhook(tenant, { url: receiver.url, eventTypes: ['crane.moved'], profile: 'STANDARD' });
  const wide = await api.webhook(tenant, {
    projectId: undefined,
    organizationId,
    url: receiver.url,
    profile: 'STANDARD',
  });
  await api.webhook({ ...tenant, projectId: second }, { url: receiver.url });
  const { url, secret } = await gitHubProject(api, gitHub, tenant);
  expect((await sendGitHub({ url, secret }, issueEvent(7, 7))).status).toBe(200);
  const publishIn = (projectId: string, n: number) =>
    api.data(key, publish, {
      input: { projectId, events: [{ type: 'crane.moved', data: { n }, idempotencyKey: `move ${n}` }] },
    });
  for (const each of [projectId, second]) for (let n = 0; n < 3; n++) await publishIn(each, n);
  const at = firstIdAt(new Date());
  await pool.query(
    `INSERT INTO issue (id, organization_id, project_id, provider, external_id, external_key, title, state, url, external_changed_at)
     VALUES (gen_random_uuid(), $1, $2, 'GITHUB', '7', 'acme/cranes#7', 'It squeaks', 'open', 'https://github.example/7', now())`,
    [organizationId, projectId],
  );
  await pool.query(
    `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total, state)
     VALUES ($1, $2, $3, $4, now(), now(), 0, 'FINISHED')`,
    [newId(), organizationId, projectId, webhook.id],
  );
  await pool.query(
    `INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", at) VALUES ($1, $2, $3, 'HEALTHY', 'DEGRADED', now())`,
    [newId(), organizationId, webhook.id],
  );
  await pool.query(
    `INSERT INTO delivery_hour (organization_id, project_id, webhook_id, at, delivered, failed, cancelled) VALUES ($1, $2, $3, now(), 1, 0, 0)`,
    [organizationId, projectId, webhook.id],
  );
  await pool.query(
    `INSERT INTO action_key (organization_id, principal_id, key, digest, expires_at) VALUES ($1, 'x', 'y', '\\x00', now() + interval '1 hour')`,
    [organizationId],
  );
  await pool.query(
    `INSERT INTO erasure (id, organization_id, project_id, selector, state, principal_kind, principal_id)
     VALUES ($1, $2, $3, 'IDS', 'FINISHED', 'API_KEY', 'x')`,
    [newId(), organizationId, projectId],
  );
  // One that waits for its webhook's workflow, of the project and of the organization's webhook.
  await pool.query(
    `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count, next_attempt_at)
     SELECT gen_random_uuid(), $1, p, w, $3::uuid, 'crane.moved', 'RETRYING', 1, now() + interval '1 day'
       FROM unnest($2::uuid[], $4::uuid[]) AS u(p, w)`,
    [organizationId, [projectId, null], at, [webhook.id, wide.id]],
  );
  return { ...tenant, second, portal: createPortalLink.token, url, webhookId: webhook.id };
}

async function tables(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
  );
  return rows.map(({ name }) => name).sort();
}

/** The number of rows in which an id occurs, by table; those without are left out. */
async function mentions(ids: readonly string[]): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of await tables()) {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM "${table}" t WHERE t::text LIKE ANY ($1::text[])`,
      [ids.map((id) => `%${id}%`)],
    );
    const count = rows[0]?.count ?? 0;
    if (count > 0) found[table] = count;
  }
  return found;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}
const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];

describe('the plan of a deletion', () => {
  it('knows every table: a new one must be added to it, or be named as one that stays', async () => {
    const known = [...plan.map(({ table }) => table), ...staying, ...goingAlong, ...nobodys];
    expect([...new Set(known)].sort()).toEqual(await tables());
  });

  it('finds the rows of each table by an index that its condition begins', async () => {
    const { organizationId, projectId } = await furnished();
    const client = await pool.connect();
    const walks: string[] = [];
    try {
      for (const scope of [
        { organizationId, projectId: null },
        { organizationId, projectId },
      ]) {
        for (const doomed of plan) {
          await client.query('BEGIN; SET LOCAL enable_seqscan = off');
          const explained = {
            async query(text: string, values: unknown[]) {
              const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
              for (const node of nodes(rows[0]['QUERY PLAN'][0].Plan)) {
                const type = node['Node Type'];
                if (type === 'Seq Scan' || (/Index/.test(type) && !node['Index Cond'])) {
                  walks.push(`${doomed.table} of ${scope.projectId ? 'a project' : 'an organization'}: ${type}`);
                }
              }
              return client.query(text, values);
            },
          } as unknown as pg.PoolClient;
          await removeBatch(explained, doomed, scope, null, 10);
          await client.query('ROLLBACK');
        }
      }
    } finally {
      client.release(true);
    }
    expect(walks).toEqual([]);
  });

  it('takes a row away without a walk over the tables that refer to it', async () => {
    const { rows } = await pool.query<{ key: string }>(
      `SELECT conname AS key FROM pg_constraint c
        WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])`,
    );
    expect(rows).toEqual([]);
  });
});

describe('deleteOrganization', () => {
  it('ends its credentials, webhooks and inbound webhooks in one commit, then takes every row away', async () => {
    const { organizationId, projectId, key, portal, url, second } = await furnished();
    const before = await mentions([organizationId, projectId, second]);
    expect(Object.keys(before).sort(), 'something in every table').toEqual(
      [...plan.map(({ table }) => table), 'audit_event', 'deletion']
        .filter((table) => !['deletion', 'project_member', 'request_template', 'webhook_secret'].includes(table))
        .concat('project_member')
        .sort(),
    );
    const pia = await member(api, { organizationId, projectId, key }, `pia of ${organizationId}`, 'PROJECT_ADMIN');
    const { deleteOrganization: first } = await api.data(key, deleteOrganization, {
      input: { id: organizationId, name: 'Harbour Robotics' },
    });
    expect(first.deletion).toMatchObject({ kind: 'ORGANIZATION', organizationId, projectId: null, state: 'STOPPING' });
    const { id } = first.deletion;

    for (const credential of [key, portal]) {
      expect(await api.refusal(credential, '{ viewer { kind } }')).toEqual({ code: 'UNAUTHENTICATED' });
    }
    expect((await api.data(pia, '{ viewer { grants { permissions } } }')).viewer.grants).toEqual([]);
    expect((await sendGitHub({ url, secret: 'x' }, issueEvent(8, 8))).status).toBe(401);
    for (const scope of [{ organizationId }, { projectId }]) {
      expect(
        await api.refusal(operatorKey, publish, { input: { ...scope, events: [{ type: 'crane.moved', data: {} }] } }),
      ).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(
      await api.refusal(operatorKey, 'query ($id: ID!) { organization(id: $id) { id } }', { id: organizationId }),
    ).toEqual({ code: 'NOT_FOUND', field: 'id' });
    expect(await api.refusal(operatorKey, 'query ($id: ID!) { project(id: $id) { id } }', { id: projectId })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    expect(
      await api.refusal(
        operatorKey,
        'mutation ($input: CreateProjectInput!) { createProject(input: $input) { __typename } }',
        { input: { organizationId, name: 'x' } },
      ),
    ).toMatchObject({ code: 'NOT_FOUND' });

    // Temporal is away here: the sweep finds it.
    await pool.query(`UPDATE deletion SET changed_at = now() - interval '1 minute' WHERE id = $1`, [id]);
    expect(await forgottenDeletions(pool)).toContainEqual({ id, organizationId });

    await finish(id);
    expect(Object.keys(await mentions([organizationId, projectId, second]))).toEqual(['audit_event', 'deletion']);
    const { deletion } = await api.data(operatorKey, read, { id });
    expect(deletion).toMatchObject({ state: 'FINISHED', principalKind: 'API_KEY', finishedAt: expect.any(String) });
    const counts = Object.fromEntries(
      deletion.removed.map(({ table, count }: { table: string; count: number }) => [table, count]),
    );
    expect(counts).toMatchObject({ organization: 1, project: 2, webhook: 3, event: 6, member: 1, webhook_secret: 3 });
    expect(counts.delivery).toBe(before.delivery);
    expect(JSON.stringify(deletion)).not.toContain('Harbour');

    // A second call answers the same one, also when all is gone; and the operator still reads the audit log.
    const again = await api.data(operatorKey, deleteOrganization, { input: { id: organizationId } });
    expect(again.deleteOrganization.deletion.id).toBe(id);
    const { auditEvents } = await api.data(
      operatorKey,
      'query ($id: ID!) { auditEvents(organizationId: $id, first: 1) { edges { node { action } } } }',
      { id: organizationId },
    );
    expect(auditEvents.edges[0].node.action).toBe('ORGANIZATION_DELETED');
  });

  it('refuses another name, and leaves everything as it is', async () => {
    const tenant = await api.tenant();
    const input = { id: tenant.organizationId, name: 'Northwind Ferries' };
    expect(await api.refusal(tenant.key, deleteOrganization, { input })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.name',
    });
    await api.data(tenant.key, '{ viewer { kind } }');
  });

  it('goes on where it was, and counts each row once, when it is begun in several places at once', async () => {
    const tenant = await furnished();
    const before = await mentions([tenant.organizationId]);
    const { deleteOrganization: answer } = await api.data(operatorKey, deleteOrganization, {
      input: { id: tenant.organizationId },
    });
    await Promise.all([finish(answer.deletion.id), finish(answer.deletion.id)]);
    const { deletion } = await api.data(operatorKey, read, { id: answer.deletion.id });
    const of = (table: string) => deletion.removed.find((each: { table: string }) => each.table === table)?.count;
    expect(of('delivery')).toBe(before.delivery);
    expect(of('event')).toBe(before.event);
  });
});

describe('deleteProject', () => {
  it('takes what is the project’s, with what the organization’s webhooks got of it, and nothing else', async () => {
    const { organizationId, projectId, key, portal, second } = await furnished();
    const other = await mentions([second]);
    const count = async (what: string, values: unknown[]) =>
      (await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${what}`, values)).rows[0]?.count;
    const secondsDeliveries = () =>
      count('delivery d JOIN event e ON e.id = d.event_id WHERE e.project_id = $1', [second]);
    const kept = await secondsDeliveries();
    const { deleteProject: answer } = await api.data(key, deleteProject, { input: { id: projectId } });
    expect(answer.deletion).toMatchObject({ kind: 'PROJECT', organizationId, projectId });
    expect(await api.refusal(portal, '{ viewer { kind } }')).toEqual({ code: 'UNAUTHENTICATED' });
    expect(
      await api.refusal(key, publish, { input: { projectId, events: [{ type: 'crane.moved', data: {} }] } }),
    ).toMatchObject({ code: 'NOT_FOUND' });
    await finish(answer.deletion.id);
    expect(Object.keys(await mentions([projectId])).sort()).toEqual(['audit_event', 'deletion']);
    expect(await mentions([second])).toEqual(other);
    expect(await secondsDeliveries()).toBe(kept);
    // The organization goes on, and sees the receipt.
    expect((await api.data(key, read, { id: answer.deletion.id })).deletion.state).toBe('FINISHED');
    const again = await api.data(key, deleteProject, { input: { id: projectId } });
    expect(again.deleteProject.deletion.id).toBe(answer.deletion.id);
    await api.data(key, publish, { input: { projectId: second, events: [{ type: 'crane.moved', data: {} }] } });
  });

  it('finds its events without a look at those of other projects, page by page, whatever their types', async () => {
    const { organizationId, projectId } = await api.tenant();
    const events = (count: number, project: string | null) =>
      pool.query(
        `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
         SELECT gen_random_uuid(), $1, $2, (ARRAY['crane moved', 'Crane.moved', 'ß'])[1 + n % 3], '{}', now()
           FROM generate_series(1, $3::int) n`,
        [organizationId, project, count],
      );
    await events(25, projectId);
    await events(50, null);
    const client = await pool.connect();
    const event = plan.find(({ table }) => table === 'event');
    if (!event) throw new Error('No event in the plan.');
    const removed: (number | undefined)[] = [];
    try {
      let from: string | null = null;
      for (let more = true; more; ) {
        const batch = await removeBatch(client, event, { organizationId, projectId }, from, 10);
        removed.push(batch.removed.event);
        ({ from, more } = batch);
      }
    } finally {
      client.release();
    }
    expect(removed).toEqual([10, 10, 5]);
    const { rows } = await pool.query('SELECT 1 FROM event WHERE organization_id = $1', [organizationId]);
    expect(rows).toHaveLength(50);
  });

  it('ends live subscriptions to it, also of those who stay in the organization', async () => {
    const tenant = await api.tenant();
    const everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    const { projectId } = tenant;
    const watching = [
      everhook.deliveries.watch({ projectId }),
      everhook.issues.watch({ projectId }),
      everhook.webhooks.watchHealth({ projectId }),
    ];
    for (const watch of watching) await watch.ready;
    const ended = Promise.allSettled(watching.map((watch) => watch.next()));
    await everhook.projects.delete(projectId);
    // The client comes again by itself, and learns why.
    for (const each of await ended)
      expect(each).toMatchObject({ status: 'rejected', reason: { name: 'NotFoundError' } });
  });

  it('ends a subscription also where the word of it was lost, as soon as its process listens', async () => {
    const tenant = await api.tenant();
    let listening = () => {};
    const liveFeed = {
      subscribe(_topic: string, { onListening }: { onListening(): void }) {
        listening = onListening;
        return () => true;
      },
    };
    const leaving = new AbortController();
    const followed = endingWithScope({ pool, liveFeed }, tenant, leaving.signal);
    listening();
    await api.data(tenant.key, deleteProject, { input: { id: tenant.projectId } });
    expect(followed.aborted).toBe(false);
    listening();
    await expect.poll(() => followed.aborted).toBe(true);
    leaving.abort();
  });

  it('is nothing that another tenant could learn of', async () => {
    const [mine, theirs] = [await api.tenant(), await api.tenant()];
    const { deleteProject: answer } = await api.data(theirs.key, deleteProject, { input: { id: theirs.projectId } });
    expect(await api.refusal(mine.key, deleteProject, { input: { id: theirs.projectId } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await api.refusal(mine.key, read, { id: answer.deletion.id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await api.refusal(mine.key, read, { id: randomUUID() })).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('in another process', () => {
  it('a deleted webhook, project and organization get nothing, and their keys fail, within the bound', async () => {
    const other = await TestApi.start({ encryptionKeys, jwt }, { databaseBy: async () => api.database.url });
    try {
      const tenant = await furnished();
      const { organizationId, projectId, second, webhookId } = tenant;
      const projectKey = await api.key(tenant.key, { organizationId, projectId, permissions: ['EVENT_PUBLISH'] });
      const publishAt = (key: string, projectId: string) =>
        other.ask(key, publish, { input: { projectId, events: [{ type: 'crane.moved', data: {} }] } });
      const eventIdsOf = async (project: string) =>
        (await pool.query('SELECT id FROM event WHERE project_id = $1', [project])).rows.length;
      expect((await publishAt(projectKey, projectId)).errors).toBeUndefined();
      expect((await publishAt(tenant.key, second)).errors).toBeUndefined();

      const deliveriesOfWebhook = async () =>
        (await pool.query('SELECT 1 FROM delivery WHERE webhook_id = $1', [webhookId])).rows.length;
      await api.data(
        tenant.key,
        'mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) { __typename } }',
        { input: { id: webhookId } },
      );
      const before = await deliveriesOfWebhook();
      expect((await publishAt(projectKey, projectId)).errors).toBeUndefined();
      expect(await deliveriesOfWebhook()).toBe(before);

      /** Publishes at the other process until its key fails. @returns milliseconds since the beginning */
      async function untilRefused(key: string, project: string): Promise<number> {
        const beganAt = performance.now();
        const events = await eventIdsOf(project);
        for (;;) {
          const { errors } = await publishAt(key, project);
          // The event is refused from the first call on, also while the other process still knows the key.
          expect(errors?.[0]?.extensions.code).toMatch(/^(NOT_FOUND|UNAUTHENTICATED)$/);
          expect(await eventIdsOf(project)).toBe(events);
          if (errors?.[0]?.extensions.code === 'UNAUTHENTICATED') return performance.now() - beganAt;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      await api.data(tenant.key, deleteProject, { input: { id: projectId } });
      expect(await untilRefused(projectKey, projectId)).toBeLessThan(boundMs * (await slowness()));
      await api.data(tenant.key, deleteOrganization, { input: { id: organizationId } });
      expect(await untilRefused(tenant.key, second)).toBeLessThan(boundMs * (await slowness()));
    } finally {
      await other.http.close();
      await other.service.close();
    }
  });
});
