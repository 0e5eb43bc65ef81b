import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenIntegrations } from '../../../core/issues/openIntegration.ts';
import { createTrackerConnections } from '../../../core/issues/trackers/connections.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { type Answer, TestApi, type TestTenant } from '../../support/api.ts';
import { gitHubProject, setIntegration } from '../../support/inbound.ts';
import { FakeGitHub } from '../../trackers/github.ts';
import { FakeJira } from '../../trackers/jira.ts';

const encryptionKeys = generateKey();
const gitHub = new FakeGitHub();
const jira = new FakeJira();
let api: TestApi;
let pool: pg.Pool;

beforeAll(async () => {
  api = await TestApi.start({ encryptionKeys });
  pool = new pg.Pool({ connectionString: api.database.url, max: 4 });
  await Promise.all([gitHub.listen(), jira.listen()]);
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await Promise.all([gitHub.close(), jira.close()]);
});

// Without a field that is read afterwards, when the webhook may be gone again.
const createInbound = 'mutation ($input: CreateInboundWebhookInput!) { createInboundWebhook(input: $input) { url } }';
const remove = 'mutation ($id: ID!) { removeIssueIntegration(input: { projectId: $id }) { removedInboundWebhook } }';

const setJira = ({ key, projectId }: TestTenant) =>
  api.ask(key, setIntegration, {
    input: {
      projectId,
      provider: 'JIRA',
      baseUrl: jira.baseUrl,
      credentials: { email: jira.email, token: jira.token },
    },
  });
const setGitHub = ({ key, projectId }: TestTenant) =>
  api.ask(key, setIntegration, {
    input: { projectId, provider: 'GITHUB', baseUrl: gitHub.baseUrl, credentials: { token: gitHub.token } },
  });
const create = ({ key, projectId }: TestTenant) => api.ask(key, createInbound, { input: { projectId } });

/** Begins one change after the other while nothing can be written to the table, then lets them all go on. */
async function meanwhile(table: string, changes: (() => Promise<Answer>)[]): Promise<Answer[]> {
  const client = await pool.connect();
  const begun: Promise<Answer>[] = [];
  try {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table} IN SHARE MODE`);
    for (const change of changes) {
      begun.push(change());
      const waiting = `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(async () => (await pool.query(waiting)).rows[0].count, { timeout: 10_000 }).toBe(begun.length);
    }
  } finally {
    await client.query('COMMIT');
    client.release();
  }
  return Promise.all(begun);
}

const auditOf = async ({ projectId }: TestTenant): Promise<string[]> =>
  (
    await pool.query(
      `SELECT action FROM audit_event WHERE project_id = $1 AND action ~ '^(issue_|inbound_)' ORDER BY id`,
      [projectId],
    )
  ).rows.map(({ action }) => action);
const stored = async ({ projectId }: TestTenant) =>
  (
    await pool.query(
      `SELECT i.id, i.provider, w.provider AS webhook
         FROM issue_integration i LEFT JOIN inbound_webhook w ON w.project_id = i.project_id WHERE i.project_id = $1`,
      [projectId],
    )
  ).rows;

describe('changes of an integration at the same moment', () => {
  it('leave one whose credentials can be opened, though both were the first', async () => {
    const tenant = await api.tenant();
    const answers = await meanwhile('issue_integration', [() => setGitHub(tenant), () => setGitHub(tenant)]);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    const connections = createTrackerConnections({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] });
    try {
      const open = new OpenIntegrations(pool, parseKeyRing(encryptionKeys), connections);
      const project = await open.ofProject(tenant.projectId);
      await (await project?.integration?.open())?.check();
      expect(project?.integration?.provider).toBe('GITHUB');
    } finally {
      await connections.close();
    }
    expect(await auditOf(tenant)).toEqual(['issue_integration.created', 'issue_integration.updated']);
    const { rows } = await pool.query(
      `SELECT DISTINCT target_id FROM audit_event WHERE project_id = $1 AND action ~ '^issue_integration'`,
      [tenant.projectId],
    );
    expect(rows).toEqual([{ target_id: (await stored(tenant))[0]?.id }]);
  });

  it('take along, and audit, an inbound webhook that is being made while the provider changes', async () => {
    const tenant = await api.tenant();
    await setGitHub(tenant);
    const [created, changed] = await meanwhile('inbound_webhook', [() => create(tenant), () => setJira(tenant)]);
    expect(created?.errors).toBeUndefined();
    expect(changed?.data.setIssueIntegration.removedInboundWebhook).toBe(true);
    expect(await stored(tenant)).toMatchObject([{ provider: 'JIRA', webhook: null }]);
    expect(await auditOf(tenant)).toEqual([
      'issue_integration.created',
      'inbound_webhook.created',
      'inbound_webhook.deleted',
      'issue_integration.updated',
    ]);
  });

  it('take along, and audit, an inbound webhook that is being made while the integration is removed', async () => {
    const tenant = await api.tenant();
    await setGitHub(tenant);
    const [created, removed] = await meanwhile('inbound_webhook', [
      () => create(tenant),
      () => api.ask(tenant.key, remove, { id: tenant.projectId }),
    ]);
    expect(created?.errors).toBeUndefined();
    expect(removed?.data.removeIssueIntegration.removedInboundWebhook).toBe(true);
    expect(await auditOf(tenant)).toEqual([
      'issue_integration.created',
      'inbound_webhook.created',
      'inbound_webhook.deleted',
      'issue_integration.removed',
    ]);
  });

  it('audit the end of an inbound webhook once, though it is deleted and its integration removed', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const deleteInbound =
      'mutation ($id: ID!) { deleteInboundWebhook(input: { projectId: $id }) { inboundWebhook { id } } }';
    const id = { id: tenant.projectId };
    const [deleted, removed] = await meanwhile('inbound_webhook', [
      () => api.ask(tenant.key, deleteInbound, id),
      () => api.ask(tenant.key, remove, id),
    ]);
    expect(deleted?.errors).toBeUndefined();
    expect(removed?.data.removeIssueIntegration.removedInboundWebhook).toBe(false);
    expect((await auditOf(tenant)).slice(2)).toEqual(['inbound_webhook.deleted', 'issue_integration.removed']);
  });
});
