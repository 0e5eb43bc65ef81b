import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.ts';
import {
  createInbound,
  gitHubProject,
  issueEvent,
  reachable,
  sendGitHub,
  setIntegration,
} from '../../support/inbound.ts';
import { FakeAzureDevOps } from '../../trackers/azureDevOps.ts';
import { FakeGitHub } from '../../trackers/github.ts';
import { FakeJira } from '../../trackers/jira.ts';
import type { TrackerAnswer } from '../../trackers/tracker.ts';

let api: TestApi;
let pool: pg.Pool;
const gitHub = new FakeGitHub();
const jira = new FakeJira();
const azure = new FakeAzureDevOps();

beforeAll(async () => {
  api = await TestApi.start();
  pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
  await Promise.all([gitHub.listen(), jira.listen(), azure.listen()]);
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await Promise.all([gitHub.close(), jira.close(), azure.close()]);
});

const remove =
  'mutation ($id: ID!) { removeIssueIntegration(input: { projectId: $id }) { removedInboundWebhook integration { id } } }';
const rotate =
  'mutation ($id: ID!) { rotateInboundWebhook(input: { projectId: $id }) { url secret inboundWebhook { rotatedAt } } }';
const deleteInbound =
  'mutation ($id: ID!) { deleteInboundWebhook(input: { projectId: $id }) { inboundWebhook { id } } }';
const sendTest =
  'mutation ($id: ID!) { sendInboundTestEvent(input: { projectId: $id }) { outcome delivery { id direction status statusReason eventType isTest } } }';
const shown = `query ($id: ID!) { inboundWebhook(projectId: $id) { id provider canRotate }
  issueIntegration(projectId: $id) { provider baseUrl removesInboundWebhook supportsInboundWebhook } }`;

const integrationOf = (projectId: string) => ({
  jira: { projectId, provider: 'JIRA', baseUrl: jira.baseUrl, credentials: { email: jira.email, token: jira.token } },
  gitHub: { projectId, provider: 'GITHUB', baseUrl: gitHub.baseUrl, credentials: { token: gitHub.token } },
  azure: { projectId, provider: 'AZURE_DEVOPS', baseUrl: azure.baseUrl, credentials: { token: azure.token } },
  link: { projectId, provider: 'SIMPLE_URL', baseUrl: 'https://tracker.example/browse' },
});

async function auditOf(projectId: string): Promise<[action: string, text: string][]> {
  const { rows } = await pool.query(
    `SELECT action, row_to_json(a)::text AS text FROM audit_event a WHERE project_id = $1 AND action ~ '^(issue_|inbound_)' ORDER BY id`,
    [projectId],
  );
  return rows.map((row) => [row.action, row.text]);
}

describe('an issue integration', () => {
  it.each(['jira', 'gitHub', 'azure'] as const)(
    'with %s is set once its API has answered with these credentials',
    async (name) => {
      const { projectId, key } = await api.tenant();
      const input = integrationOf(projectId)[name];
      const before = { jira, gitHub, azure }[name].asked.length;
      const { setIssueIntegration } = await api.data(key, setIntegration, { input });
      expect(setIssueIntegration).toMatchObject({
        removedInboundWebhook: false,
        integration: { provider: input.provider, baseUrl: input.baseUrl, supportsInboundWebhook: true },
      });
      expect({ jira, gitHub, azure }[name].asked.length).toBeGreaterThan(before);
      const wrong = { ...input, credentials: { ...input.credentials, token: 'not-the-token-0123456789' } };
      const { errors } = await api.ask(key, setIntegration, { input: wrong });
      expect(errors?.[0]?.message).toMatch(
        /^The connection to .* does not work: The tracker does not accept the credentials/,
      );
      expect(errors?.[0]?.extensions).toEqual({ code: 'VALIDATION_FAILED', field: 'input.credentials' });
    },
  );

  it.each<[string, string, () => string, TrackerAnswer | null]>([
    ['a name that is none', 'input.baseUrl', () => 'http://tracker.invalid', null],
    ['an address that refuses the connection', 'input.baseUrl', () => 'http://127.0.0.1:9', null],
    ['an API that redirects', 'input.baseUrl', () => jira.baseUrl, { code: 302, headers: { location: '/login' } }],
    ['an API that is not there', 'input.baseUrl', () => jira.baseUrl, { code: 404 }],
    ['a page in place of an API', 'input.baseUrl', () => jira.baseUrl, { code: 200, body: '<html>' }],
    [
      'an API that compresses',
      'input.baseUrl',
      () => jira.baseUrl,
      { code: 200, headers: { 'content-encoding': 'br' } },
    ],
    ['an API that forbids', 'input.credentials', () => jira.baseUrl, { code: 403 }],
    ['an API that fails', 'input', () => jira.baseUrl, { code: 500 }],
    ['an API that limits', 'input', () => jira.baseUrl, { code: 429 }],
  ])('names the argument at fault where its check meets %s', async (_what, field, baseUrl, answer) => {
    const { projectId, key } = await api.tenant();
    jira.always = answer;
    try {
      const input = { ...integrationOf(projectId).jira, baseUrl: baseUrl() };
      expect(await api.refusal(key, setIntegration, { input })).toEqual({ code: 'VALIDATION_FAILED', field });
    } finally {
      jira.always = null;
    }
  });

  it('is encrypted: neither the database nor the audit log knows the credentials', async () => {
    const { projectId, key } = await api.tenant();
    await api.data(key, setIntegration, { input: integrationOf(projectId).gitHub });
    const { rows } = await pool.query(
      'SELECT row_to_json(i)::text AS text, credentials_sealed FROM issue_integration i WHERE project_id = $1',
      [projectId],
    );
    expect(rows[0].text).not.toContain(gitHub.token);
    expect(rows[0].credentials_sealed.includes(gitHub.token)).toBe(false);
    const audit = await auditOf(projectId);
    expect(audit.map(([action]) => action)).toEqual(['issue_integration.created']);
    expect(JSON.stringify(audit)).not.toContain(gitHub.token);
  });

  it('has its base URL as requests send it, and keeps its issues where only the spelling changes', async () => {
    const { projectId, organizationId, key } = await api.tenant();
    const set = (baseUrl: string) =>
      api.data(key, setIntegration, { input: { ...integrationOf(projectId).jira, baseUrl } });
    const written = jira.baseUrl.replace('http://', 'HTTP://');
    const { setIssueIntegration } = await set(`${written}/`);
    expect(setIssueIntegration.integration.baseUrl).toBe(jira.baseUrl);
    // As an earlier version stored it, with an issue below it.
    await pool.query('UPDATE issue_integration SET base_url = $2 WHERE project_id = $1', [projectId, written]);
    await pool.query(
      `INSERT INTO issue (id, organization_id, project_id, provider, external_id, external_key, title, state, url, external_changed_at, changed_at)
       VALUES (gen_random_uuid(), $1, $2, 'JIRA', '10001', 'SHOP-1', 'Crane', 'open', $3, now(), now())`,
      [organizationId, projectId, `${written}/browse/SHOP-1`],
    );
    await set(jira.baseUrl);
    const { rows } = await pool.query('SELECT removed_at FROM issue WHERE project_id = $1', [projectId]);
    expect(rows).toEqual([{ removed_at: null }]);
    const link = { ...integrationOf(projectId).link, baseUrl: 'https://TRACKER.example:443/jirä/' };
    const linked = await api.data(key, setIntegration, { input: link });
    expect(linked.setIssueIntegration.integration.baseUrl).toBe('https://tracker.example/jir%C3%A4');
  });

  it.each([
    ['an address that is not public', 'http://10.1.2.3/'],
    ['the address of a cloud’s metadata', 'http://169.254.169.254/latest'],
    ['a user in it', 'https://user:password@tracker.example'],
    ['a query', 'https://tracker.example/?a=b'],
    ['another scheme', 'ftp://tracker.example'],
    ['nothing', ''],
  ])('is refused with a base URL that has %s, and nothing is called', async (_what, baseUrl) => {
    const { projectId, key } = await api.tenant();
    const input = { ...integrationOf(projectId).jira, baseUrl };
    expect(await api.refusal(key, setIntegration, { input })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.baseUrl',
    });
  });

  it('says beforehand that changing or removing it takes the inbound webhook along', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const { issueIntegration } = await api.data(tenant.key, shown, { id: tenant.projectId });
    expect(issueIntegration.removesInboundWebhook).toBe(true);
    await api.data(tenant.key, deleteInbound, { id: tenant.projectId });
    const after = await api.data(tenant.key, shown, { id: tenant.projectId });
    expect(after.issueIntegration.removesInboundWebhook).toBe(false);
  });

  it('takes its inbound webhook along when it changes provider, at once, and both are audited', async () => {
    const project = await gitHubProject(api, gitHub);
    const { key, projectId } = project.tenant;
    expect((await sendGitHub(project, issueEvent())).status).toBe(200);
    const { setIssueIntegration } = await api.data(key, setIntegration, { input: integrationOf(projectId).jira });
    expect(setIssueIntegration.removedInboundWebhook).toBe(true);
    expect((await sendGitHub(project, issueEvent())).status).toBe(401);
    expect((await api.data(key, shown, { id: projectId })).inboundWebhook).toBeNull();
    expect((await auditOf(projectId)).map(([action]) => action)).toEqual([
      'issue_integration.created',
      'inbound_webhook.created',
      'inbound_webhook.deleted',
      'issue_integration.updated',
    ]);
  });

  it('keeps its inbound webhook when only credentials or base URL change', async () => {
    const project = await gitHubProject(api, gitHub);
    const { key, projectId } = project.tenant;
    const input = { ...integrationOf(projectId).gitHub, baseUrl: `${gitHub.baseUrl}/` };
    expect((await api.data(key, setIntegration, { input })).setIssueIntegration.removedInboundWebhook).toBe(false);
    expect((await sendGitHub(project, issueEvent())).status).toBe(200);
  });

  it('takes its inbound webhook along when it is removed, and both are audited', async () => {
    const project = await gitHubProject(api, gitHub);
    const { key, projectId } = project.tenant;
    expect((await api.data(key, remove, { id: projectId })).removeIssueIntegration).toEqual({
      removedInboundWebhook: true,
      integration: null,
    });
    expect((await sendGitHub(project, issueEvent())).status).toBe(401);
    expect((await auditOf(projectId)).slice(2).map(([action]) => action)).toEqual([
      'inbound_webhook.deleted',
      'issue_integration.removed',
    ]);
    expect(await api.refusal(key, remove, { id: projectId })).toEqual({ code: 'NOT_FOUND', field: 'input.projectId' });
  });
});

describe('an inbound webhook', () => {
  it('is refused without an integration, and with one that has only links, with the reason', async () => {
    const { projectId, key } = await api.tenant();
    const input = { projectId };
    const without = await api.ask(key, createInbound, { input });
    expect(without.errors?.[0]?.message).toMatch(/no issue integration/);
    await api.data(key, setIntegration, { input: integrationOf(projectId).link });
    expect((await api.data(key, shown, { id: projectId })).issueIntegration.supportsInboundWebhook).toBe(false);
    const linkOnly = await api.ask(key, createInbound, { input });
    expect(linkOnly.errors?.[0]?.message).toMatch(/Simple URL, which has only links/);
    expect(linkOnly.errors?.[0]?.extensions.code).toBe('VALIDATION_FAILED');
  });

  it('has the provider of the integration, and a project has one of them', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const { inboundWebhook } = await api.data(tenant.key, shown, { id: tenant.projectId });
    expect(inboundWebhook).toMatchObject({ provider: 'GITHUB', canRotate: true });
    const again = await api.refusal(tenant.key, createInbound, { input: { projectId: tenant.projectId } });
    expect(again).toEqual({ code: 'CONFLICT', field: 'input.projectId' });
  });

  it('is one also where ten ask for it at once', async () => {
    const { projectId, key } = await api.tenant();
    await api.data(key, setIntegration, { input: integrationOf(projectId).gitHub });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.ask(key, createInbound, { input: { projectId } })),
    );
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(1);
    expect(new Set(answers.flatMap(({ errors }) => errors?.[0]?.extensions.code ?? []))).toEqual(new Set(['CONFLICT']));
  });

  it('reveals URL and secret once, and keeps neither readable', async () => {
    const project = await gitHubProject(api, gitHub);
    const token = project.url.split('/').at(-1) as string;
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(project.secret).toMatch(/^[0-9a-f]{64}$/);
    const { rows } = await pool.query(
      'SELECT row_to_json(w)::text AS text, token_digest, secret_sealed FROM inbound_webhook w WHERE project_id = $1',
      [project.tenant.projectId],
    );
    expect(rows[0].text).not.toContain(token);
    expect(rows[0].secret_sealed.includes(project.secret)).toBe(false);
    expect(JSON.stringify(await auditOf(project.tenant.projectId))).not.toMatch(
      new RegExp(`${token}|${project.secret}`),
    );
    const fields = await api.data(project.tenant.key, '{ __type(name: "InboundWebhook") { fields { name } } }');
    expect(fields.__type.fields.map(({ name }: { name: string }) => name).sort()).toEqual([
      'activity',
      'canRotate',
      'createdAt',
      'id',
      'provider',
      'rotatedAt',
      'url',
    ]);
    const { text } = await api.ask(project.tenant.key, 'query ($id: ID!) { inboundWebhook(projectId: $id) { url } }', {
      id: project.tenant.projectId,
    });
    expect(text).toContain('/api/webhooks/[redacted]');
    expect(text).not.toContain(token);
  });

  it('is rotated by a cutover: from the answer on, the old URL and the old secret are worth nothing', async () => {
    const old = await gitHubProject(api, gitHub);
    const { key, projectId } = old.tenant;
    // This process remembers the old token.
    expect((await sendGitHub(old, issueEvent())).status).toBe(200);
    const { rotateInboundWebhook: rotated } = await api.data(key, rotate, { id: projectId });
    const url = reachable(api, rotated.url);
    expect((await sendGitHub(old, issueEvent())).status).toBe(401);
    expect((await sendGitHub({ url: old.url, secret: rotated.secret }, issueEvent())).status).toBe(401);
    expect((await sendGitHub({ url, secret: old.secret }, issueEvent())).status).toBe(401);
    expect((await sendGitHub({ url, secret: rotated.secret }, issueEvent())).status).toBe(200);
    expect(rotated.inboundWebhook.rotatedAt).not.toBeNull();
    expect((await auditOf(projectId)).at(-1)?.[0]).toBe('inbound_webhook.rotated');
  });

  it('is not rotated with Azure DevOps: delete and create again', async () => {
    const { projectId, key } = await api.tenant();
    await api.data(key, setIntegration, { input: integrationOf(projectId).azure });
    expect(await api.refusal(key, createInbound, { input: { projectId } })).toMatchObject({ field: 'input.username' });
    const input = { projectId, username: 'crane', password: 'correct horse battery' };
    await api.data(key, createInbound, { input });
    const { errors } = await api.ask(key, rotate, { id: projectId });
    expect(errors?.[0]?.message).toMatch(/delete the webhook and create it again/);
    expect((await api.data(key, deleteInbound, { id: projectId })).deleteInboundWebhook.inboundWebhook).toBeNull();
    await api.data(key, createInbound, { input: { ...input, password: 'another horse battery' } });
  });

  it('of Azure DevOps takes the longest credentials that can be given to it', async () => {
    const { projectId, key } = await api.tenant();
    await api.data(key, setIntegration, { input: integrationOf(projectId).azure });
    const input = { projectId, username: 'ж'.repeat(256), password: '鍵'.repeat(1_024) };
    await api.data(key, createInbound, { input });
    expect((await api.data(key, sendTest, { id: projectId })).sendInboundTestEvent).toMatchObject({
      outcome: 'LOGGED',
    });
  });

  it('takes no credentials where it makes the secret itself', async () => {
    const { projectId, key } = await api.tenant();
    await api.data(key, setIntegration, { input: integrationOf(projectId).gitHub });
    for (const [name, given] of Object.entries({ username: 'crane', password: 'correct horse battery' })) {
      const input = { projectId, [name]: given };
      expect(await api.refusal(key, createInbound, { input })).toEqual({
        code: 'VALIDATION_FAILED',
        field: `input.${name}`,
      });
    }
  });

  it('is tested by an event that is proven and logged, and touches no issue', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const fetches = gitHub.fetches;
    const ids = new Set<string>();
    for (let click = 0; click < 2; click++) {
      const { delivery, outcome } = (await api.data(tenant.key, sendTest, { id: tenant.projectId }))
        .sendInboundTestEvent;
      // The second is the first again, byte for byte.
      expect(outcome).toBe(click === 0 ? 'LOGGED' : 'DUPLICATE');
      expect(delivery).toMatchObject({
        direction: 'INBOUND',
        status: 'DELIVERED',
        isTest: true,
        eventType: 'issues.edited',
      });
      expect(delivery.statusReason).toMatch(/test/);
      ids.add(delivery.id);
    }
    expect(ids.size).toBe(1);
    const { rows } = await pool.query('SELECT pending, external_id FROM inbound_event WHERE project_id = $1', [
      tenant.projectId,
    ]);
    expect(rows).toEqual([{ pending: false, external_id: null }]);
    expect(
      (
        await api.data(tenant.key, 'query ($id: ID!) { issues(projectId: $id) { edges { cursor } } }', {
          id: tenant.projectId,
        })
      ).issues.edges,
    ).toEqual([]);
    expect(gitHub.fetches).toBe(fetches);
  });

  it('is changed by who may manage it, and read by who may read webhooks, in the own tenant alone', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const { organizationId, projectId } = tenant;
    const id = { id: projectId };
    const reader = await api.key(tenant.key, { organizationId, role: 'VIEWER' });
    const publisher = await api.key(tenant.key, { organizationId, permissions: ['EVENT_PUBLISH'] });
    const stranger = await api.tenant();
    const input = integrationOf(projectId).gitHub;
    const changes: [string, object][] = [
      [setIntegration, { input }],
      [remove, id],
      [createInbound, { input: { projectId } }],
      [rotate, id],
      [deleteInbound, id],
      [sendTest, id],
    ];
    const asked = gitHub.asked.length;
    for (const [operation, variables] of changes) {
      const field = 'input.projectId';
      expect(await api.refusal(reader, operation, variables)).toEqual({ code: 'FORBIDDEN', field });
      expect(await api.refusal(stranger.key, operation, variables)).toEqual({ code: 'NOT_FOUND', field });
      expect((await api.refusal(null, operation, variables)).code).toBe('UNAUTHENTICATED');
    }
    expect(gitHub.asked.length).toBe(asked);
    expect((await api.data(reader, shown, id)).inboundWebhook.provider).toBe('GITHUB');
    expect((await api.refusal(publisher, shown, id)).code).toBe('FORBIDDEN');
    expect((await api.refusal(stranger.key, shown, id)).code).toBe('NOT_FOUND');
  });
});
