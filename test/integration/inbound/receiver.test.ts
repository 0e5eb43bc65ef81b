import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signature } from '../../../core/inbound/providers/hmac.ts';
import { pendingOf, settle } from '../../../core/issues/pending.ts';
import { gitHubIssueEvents, payload } from '../../fixtures/inbound/payloads.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import {
  createInbound,
  gitHubProject,
  type InboundProject,
  issueEvent,
  reachable,
  sendGitHub,
  setIntegration,
} from '../../support/inbound.ts';
import { slowness } from '../../support/slowness.ts';
import { FakeAzureDevOps } from '../../trackers/azureDevOps.ts';
import { FakeGitHub } from '../../trackers/github.ts';
import { FakeJira } from '../../trackers/jira.ts';

let api: TestApi;
let pool: pg.Pool;
const gitHub = new FakeGitHub();
const jira = new FakeJira();
const azure = new FakeAzureDevOps();
let project: InboundProject;

beforeAll(async () => {
  api = await TestApi.start();
  pool = new pg.Pool({ connectionString: api.database.url, max: 4 });
  await Promise.all([gitHub.listen(), jira.listen(), azure.listen()]);
  project = await gitHubProject(api, gitHub);
});
afterAll(async () => {
  await pool.end();
  await api.close();
  await Promise.all([gitHub.close(), jira.close(), azure.close()]);
});

async function deliveriesOf(projectId: string) {
  const { rows } = await pool.query(
    'SELECT id, direction, status, status_reason, event_type, event_id, payload_digest, is_test FROM delivery WHERE project_id = $1 ORDER BY id',
    [projectId],
  );
  return rows;
}
const countOf = async (projectId: string) => (await deliveriesOf(projectId)).length;

describe('the metrics', () => {
  it('count requests by provider and by how they were answered, and time those that prove themselves', async () => {
    const own = await TestApi.start();
    try {
      const owner = await gitHubProject(own, gitHub);
      const delivery = randomUUID();
      await sendGitHub(owner, issueEvent());
      await sendGitHub(owner, issueEvent(), { delivery });
      await sendGitHub(owner, issueEvent(), { delivery });
      await sendGitHub(owner, { zen: 'Keep it logically awesome.' }, { event: 'ping' });
      await sendGitHub(owner, issueEvent(0, 0));
      await sendGitHub(owner, 'no JSON');
      await sendGitHub({ ...owner, secret: 'another' }, issueEvent());
      await sendGitHub({ ...owner, url: `${own.url}/api/webhooks/${'x'.repeat(43)}` }, issueEvent());
      const text = await (await fetch(`${own.url}/metrics`)).text();
      const counted = [...text.matchAll(/^everhook_inbound_events_total\{provider="(\w+)",outcome="(\w+)"\} (\d+)$/gm)];
      expect(counted.map(([, provider, outcome, count]) => `${provider} ${outcome} ${count}`).sort()).toEqual([
        'GITHUB accepted 2',
        'GITHUB duplicate 1',
        'GITHUB ignored 1',
        'GITHUB refused 1',
        'GITHUB test 1',
        'GITHUB unreadable 1',
        'none refused 1',
      ]);
      expect(text).toContain('everhook_inbound_answer_duration_seconds_count 6');
    } finally {
      await own.close();
    }
  });
});

describe('a request that proves itself', () => {
  it('is accepted and waits in the delivery log for its issue, with its digest and nothing of its content', async () => {
    const owner = await gitHubProject(api, gitHub);
    const content = JSON.stringify(issueEvent());
    const response = await sendGitHub(owner, content);
    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toEqual({ outcome: 'accepted', deliveryId: expect.any(String) });
    expect(await deliveriesOf(owner.tenant.projectId)).toEqual([
      {
        id: answer.deliveryId,
        direction: 'INBOUND',
        status: 'PENDING',
        status_reason: 'Accepted; the issue will be fetched.',
        event_type: 'issues.edited',
        event_id: null,
        payload_digest: createHash('sha256').update(content).digest(),
        is_test: false,
      },
    ]);
    const { rows } = await pool.query(
      'SELECT row_to_json(e)::text AS text FROM inbound_event e WHERE delivery_id = $1',
      [answer.deliveryId],
    );
    expect(rows[0].text).not.toContain('Spelling');
  });

  it('appears in the API’s log with its direction and digest', async () => {
    const owner = await gitHubProject(api, gitHub);
    await sendGitHub(owner, issueEvent());
    const { deliveries } = await api.data(
      owner.tenant.key,
      'query ($id: ID!) { deliveries(projectId: $id, direction: INBOUND) { nodes: edges { node { direction status eventType payloadDigest webhook { id } event { id } request { body } attempts { number } } } } }',
      { id: owner.tenant.projectId },
    );
    expect(deliveries.nodes).toEqual([
      {
        node: {
          direction: 'INBOUND',
          status: 'PENDING',
          eventType: 'issues.edited',
          payloadDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
          webhook: null,
          event: null,
          request: null,
          attempts: [],
        },
      },
    ]);
  });

  it.each(gitHubIssueEvents.map((event, index) => [index, event.action, event] as const))(
    'is accepted with GitHub’s own example %i, issues.%s',
    async (_index, action, event) => {
      const response = await sendGitHub(project, event);
      expect(await response.json()).toMatchObject({ outcome: 'accepted' });
      expect((await deliveriesOf(project.tenant.projectId)).at(-1)).toMatchObject({ event_type: `issues.${action}` });
    },
  );

  it('is hashed as it came: white space, order and escapes of its text count', async () => {
    const text = `{ "repository":{"full_name":"Codertocat\\u002fHello-World"},\n\t"issue": {"number":1.0, "id":444500041},"action":"edited" , "z":"\\ud83d\\ude00é" }`;
    expect(await (await sendGitHub(project, text)).json()).toMatchObject({ outcome: 'accepted' });
  });

  it('is acknowledged and logged as ignored where it concerns no issue, with the reason', async () => {
    const owner = await gitHubProject(api, gitHub);
    for (const event of ['ping', 'push', 'a_kind_of_the_future']) {
      const response = await sendGitHub(owner, { zen: 'Keep it logically awesome.' }, { event });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ outcome: 'ignored' });
    }
    const rows = await deliveriesOf(owner.tenant.projectId);
    expect(rows.map((row) => [row.event_type, row.status])).toEqual([
      ['ping', 'CANCELLED'],
      ['push', 'CANCELLED'],
      ['a_kind_of_the_future', 'CANCELLED'],
    ]);
    for (const row of rows) expect(row.status_reason).toMatch(/^Ignored\. \w.*\.$/);
  });

  it('fails in the log, and says what to set, where its body is not JSON', async () => {
    const owner = await gitHubProject(api, gitHub);
    const response = await sendGitHub(owner, 'payload=%7B%7D');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'The body is not JSON. Choose the content type application/json.',
          extensions: { code: 'VALIDATION_FAILED', field: 'body', requestId: expect.any(String) },
        },
      ],
    });
    expect(await deliveriesOf(owner.tenant.projectId)).toMatchObject([{ status: 'FAILED' }]);
  });
});

describe('a name in a proven payload', () => {
  it('that would lead to another path is refused as malformed, and fetches nothing', async () => {
    const owner = await gitHubProject(api, gitHub);
    for (const name of ['a/..', '../b', 'a/.', 'a/b/c']) {
      const response = await sendGitHub(owner, { ...issueEvent(), repository: { full_name: name } });
      expect([name, response.status, await response.json()]).toEqual([
        name,
        400,
        {
          errors: [
            {
              message: '"repository.full_name" is not the name of a repository.',
              extensions: { code: 'VALIDATION_FAILED', field: 'body', requestId: expect.any(String) },
            },
          ],
        },
      ]);
    }
    expect(await deliveriesOf(owner.tenant.projectId)).toMatchObject(Array(4).fill({ status: 'FAILED' }));
  });
});

describe('a delivery that is sent again', () => {
  it('is taken once, by the provider’s own identity', async () => {
    const owner = await gitHubProject(api, gitHub);
    const delivery = randomUUID();
    const first = await sendGitHub(owner, issueEvent(), { delivery });
    expect(await first.json()).toMatchObject({ outcome: 'accepted' });
    const again = await sendGitHub(owner, issueEvent(), { delivery });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ outcome: 'duplicate', deliveryId: null });
    expect(await countOf(owner.tenant.projectId)).toBe(1);
    const { rows } = await pool.query('SELECT identity_digest FROM inbound_event WHERE project_id = $1', [
      owner.tenant.projectId,
    ]);
    expect(rows).toEqual([{ identity_digest: createHash('sha256').update(delivery).digest() }]);
  });

  it('is taken once, whatever else it says and however many copies come at the same moment', async () => {
    const owner = await gitHubProject(api, gitHub);
    const identities = Array.from({ length: 20 }, () => randomUUID());
    const copies = identities.flatMap((delivery) => Array.from({ length: 15 }, (_, index) => ({ delivery, index })));
    const outcomes = await Promise.all(
      copies.map(async ({ delivery, index }) => {
        const response = await sendGitHub(owner, issueEvent(1_000 + index), { delivery });
        return ((await response.json()) as { outcome: string }).outcome;
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(280);
    expect(await countOf(owner.tenant.projectId)).toBe(20);
  });

  it('is taken once by two processes that race for it', async () => {
    const owner = await gitHubProject(api, gitHub);
    const { InboundCommit } = await import('../../../core/inbound/inboundCommit.ts');
    const { rows } = await pool.query('SELECT id, token_digest FROM inbound_webhook WHERE project_id = $1', [
      owner.tenant.projectId,
    ]);
    const processes = [new InboundCommit(pool), new InboundCommit(pool), new InboundCommit(pool)];
    const digest = (text: string) => createHash('sha256').update(text).digest();
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (processes[index % 3] as InstanceType<typeof InboundCommit>).store({
          webhookId: rows[0].id,
          tokenDigest: rows[0].token_digest,
          // The groups hold the same identities in different orders.
          identityDigest: digest(String((index * (1 + (index % 3))) % 100)),
          deliveryId: randomUUID(),
          eventType: 'issues.edited',
          externalId: '1',
          locator: 'a/b#1',
          payloadDigest: digest('x'),
          status: 'PENDING',
          reason: null,
          isTest: false,
        }),
      ),
    );
    const identities = new Set(Array.from({ length: 300 }, (_, index) => (index * (1 + (index % 3))) % 100));
    expect(outcomes.filter((outcome) => outcome === 'ACCEPTED')).toHaveLength(identities.size);
    expect(await countOf(owner.tenant.projectId)).toBe(identities.size);
  });

  it('is taken again where it did not succeed, once, and once more where it fails again', async () => {
    const owner = await gitHubProject(api, gitHub);
    const delivery = randomUUID();
    const send = async () => (await sendGitHub(owner, issueEvent(), { delivery })).json();
    const fail = async (status: 'FAILED' | 'CANCELLED' | 'DELIVERED') => {
      const issue = { projectId: owner.tenant.projectId, provider: 'GITHUB' as const, externalId: '444500041' };
      await settle(pool, await pendingOf(pool, issue), status, 'As it went.');
    };
    const first = await send();
    expect(await send()).toMatchObject({ outcome: 'duplicate' });
    await fail('FAILED');
    const again = await Promise.all(Array.from({ length: 20 }, send));
    expect(again.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(again.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(19);
    await fail('CANCELLED');
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    await fail('DELIVERED');
    expect(await send()).toMatchObject({ outcome: 'duplicate' });
    const rows = await deliveriesOf(owner.tenant.projectId);
    expect(rows.map(({ status }) => status)).toEqual(['FAILED', 'CANCELLED', 'DELIVERED']);
    expect(rows[0].id).toBe(first.deliveryId);
  });

  it('says again what is wrong with it where it cannot be read, and is ignored once where it concerns no issue', async () => {
    const owner = await gitHubProject(api, gitHub);
    for (let index = 0; index < 2; index++) {
      expect((await sendGitHub(owner, 'no JSON', { delivery: 'a' })).status).toBe(400);
      const outcome = index === 0 ? 'ignored' : 'duplicate';
      const ping = await sendGitHub(owner, {}, { delivery: 'b', event: 'ping' });
      expect(await ping.json()).toMatchObject({ outcome });
    }
  });

  it('is another one for another project', async () => {
    const delivery = randomUUID();
    for (let index = 0; index < 2; index++) {
      const owner = await gitHubProject(api, gitHub);
      expect(await (await sendGitHub(owner, issueEvent(), { delivery })).json()).toMatchObject({ outcome: 'accepted' });
    }
  });

  it('is told by its content where the provider gave no identity', async () => {
    const owner = await gitHubProject(api, gitHub);
    const sent = () => sendGitHub(owner, issueEvent(), { delivery: '' });
    expect(await (await sent()).json()).toMatchObject({ outcome: 'accepted' });
    expect(await (await sent()).json()).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('a request that does not prove itself', () => {
  const refusedBody = {
    errors: [
      {
        message: 'There is no such webhook, or the request does not prove that it comes from its tracker.',
        extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
      },
    ],
  };

  async function refusals() {
    const other = await gitHubProject(api, gitHub);
    const content = JSON.stringify(issueEvent());
    const bytes = Buffer.from(content);
    const unknown = project.url.replace(/[^/]+$/, 'A'.repeat(43));
    const by = (url: string, header: Record<string, string>) =>
      fetch(url, {
        method: 'POST',
        headers: { 'x-github-event': 'issues', 'x-github-delivery': randomUUID(), ...header },
        body: content,
      });
    const right = signature(project.secret ?? '', bytes);
    const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
    return {
      'an unknown token': () => by(unknown, { 'x-hub-signature-256': right }),
      'a token that is too short': () => by(unknown.slice(0, -1), { 'x-hub-signature-256': right }),
      'a token that is too long': () => by(`${project.url}A`, { 'x-hub-signature-256': right }),
      'a token of another form': () => by(project.url.replace(/.$/, '.'), { 'x-hub-signature-256': right }),
      'the token, escaped': () => by(project.url.replace(/.$/, escaped), { 'x-hub-signature-256': right }),
      'the token and a slash': () => by(`${project.url}/`, { 'x-hub-signature-256': right }),
      'no token': () => by(project.url.replace(/[^/]+$/, ''), { 'x-hub-signature-256': right }),
      'a wrong signature': () => by(project.url, { 'x-hub-signature-256': signature('another', bytes) }),
      'no signature': () => by(project.url, {}),
      'the signature in another header': () => by(project.url, { 'x-hub-signature': right }),
      'the right signature with another project’s token': () => by(other.url, { 'x-hub-signature-256': right }),
      'another project’s signature': () =>
        by(project.url, { 'x-hub-signature-256': signature(other.secret ?? '', bytes) }),
      'an API key': () => by(project.url, { authorization: `Bearer ${project.tenant.key}` }),
    };
  }

  it('gets the same answer whatever is wrong, and leaves no trace in the log', async () => {
    const before = await countOf(project.tenant.projectId);
    for (const [what, send] of Object.entries(await refusals())) {
      const response = await send();
      expect([what, response.status, await response.json()]).toEqual([what, 401, refusedBody]);
      const shown = ['www-authenticate', 'content-type', 'cache-control'].map((name) => response.headers.get(name));
      expect(shown).toEqual(['Basic realm="inbound webhook"', 'application/json; charset=utf-8', 'no-store']);
    }
    expect(await countOf(project.tenant.projectId)).toBe(before);
  });

  it('gets it after the same time, whichever half was wrong', async () => {
    const all = await refusals();
    const times: Record<string, number> = {};
    for (const what of ['an unknown token', 'a wrong signature', 'no signature'] as const) {
      const taken: number[] = [];
      for (let index = 0; index < 7; index++) {
        const beganAt = performance.now();
        await (await all[what]()).text();
        taken.push(performance.now() - beganAt);
      }
      times[what] = taken.sort((a, b) => a - b)[3] as number;
    }
    const medians = Object.values(times);
    expect(Math.min(...medians)).toBeGreaterThan(98);
    expect(Math.max(...medians) - Math.min(...medians)).toBeLessThan(25 * (await slowness()));
  });

  it('is refused with two signatures, though one of them is right', async () => {
    const content = Buffer.from(JSON.stringify(issueEvent()));
    const right = signature(project.secret ?? '', content);
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(project.url, {
        method: 'POST',
        headers: [
          ['host', new URL(project.url).host],
          ['x-github-event', 'issues'],
          ['x-github-delivery', randomUUID()],
          ['content-length', String(content.length)],
          ['x-hub-signature-256', right],
          ['x-hub-signature-256', right],
        ].flat(),
      });
      sent.on('response', (response) => resolve(response.resume().statusCode));
      sent.on('error', reject);
      sent.end(content);
    });
    expect(status).toBe(401);
  });
});

describe('a request of Jira', () => {
  it('is proven by X-Hub-Signature and told from its copies by X-Atlassian-Webhook-Identifier', async () => {
    const tenant = await api.tenant('TESTPLANIT');
    await api.data(tenant.key, setIntegration, {
      input: {
        projectId: tenant.projectId,
        provider: 'JIRA',
        baseUrl: jira.baseUrl,
        credentials: { email: jira.email, token: jira.token },
      },
    });
    const { createInboundWebhook: made } = await api.data(tenant.key, createInbound, {
      input: { projectId: tenant.projectId },
    });
    const send = (name: string, identity: string) => {
      const body = JSON.stringify(payload(name));
      return fetch(reachable(api, made.url), {
        method: 'POST',
        headers: {
          'x-atlassian-webhook-identifier': identity,
          'x-hub-signature': signature(made.secret, Buffer.from(body)),
        },
        body,
      }).then((response) => response.json());
    };
    expect(await send('jira-issue-created', 'a')).toMatchObject({ outcome: 'accepted' });
    expect(await send('jira-issue-updated', 'a')).toMatchObject({ outcome: 'duplicate' });
    expect(await send('jira-issue-updated', 'b')).toMatchObject({ outcome: 'accepted' });
    expect(await send('jira-comment-created', 'c')).toMatchObject({ outcome: 'ignored' });
  });
});

describe('a request of Azure DevOps', () => {
  it('is proven by the credentials that people chose, and told from its copies by its id', async () => {
    const tenant = await api.tenant('TESTPLANIT');
    const { projectId } = tenant;
    await api.data(tenant.key, setIntegration, {
      input: { projectId, provider: 'AZURE_DEVOPS', baseUrl: azure.baseUrl, credentials: { token: azure.token } },
    });
    const input = { projectId, username: 'crane', password: 'correct horse battery' };
    const { createInboundWebhook: made } = await api.data(tenant.key, createInbound, { input });
    expect(made).toMatchObject({ secret: null, inboundWebhook: { provider: 'AZURE_DEVOPS', canRotate: false } });
    const send = (password: string) =>
      fetch(reachable(api, made.url), {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`crane:${password}`).toString('base64')}` },
        body: JSON.stringify(payload('azure-workitem-updated')),
      });
    expect((await send('correct horse batterx')).status).toBe(401);
    expect(await (await send('correct horse battery')).json()).toMatchObject({ outcome: 'accepted' });
    expect(await (await send('correct horse battery')).json()).toMatchObject({ outcome: 'duplicate' });
    const { rows } = await pool.query('SELECT external_id FROM inbound_event WHERE project_id = $1', [projectId]);
    expect(rows).toEqual([{ external_id: '5' }]);

    // Its details were not sent at first, so it named no work item; somebody corrects that, and sends the same again.
    const whole = { ...(payload('azure-workitem-updated') as object), id: randomUUID() };
    const report = (body: object) =>
      fetch(reachable(api, made.url), {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from('crane:correct horse battery').toString('base64')}` },
        body: JSON.stringify(body),
      }).then((response) => response.json());
    const without = { ...whole, resource: null };
    expect(await report(without)).toMatchObject({ outcome: 'ignored' });
    expect(await report(without)).toMatchObject({ outcome: 'duplicate' });
    expect(await report(whole)).toMatchObject({ outcome: 'accepted' });
    for (const body of [whole, without]) expect(await report(body)).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('what one organization sends', () => {
  const beside = async (work: Promise<unknown>) => {
    let done = false;
    work.finally(() => {
      done = true;
    });
    const waits: number[] = [];
    while (!done) {
      const beganAt = performance.now();
      await api.data(project.tenant.key, '{ viewer { kind } }');
      waits.push(performance.now() - beganAt);
    }
    return Math.max(...waits);
  };

  it('holds nobody else up, though it is 12 MB of objects, proven, twice at once', { timeout: 60_000 }, async () => {
    const owner = await gitHubProject(api, gitHub);
    const body = Buffer.from(`[${'{},'.repeat(4_000_000)}{}]`);
    const headers = { 'x-hub-signature-256': signature(owner.secret ?? '', body) };
    const send = () =>
      fetch(owner.url, { method: 'POST', headers: { ...headers, 'x-github-event': 'issues' }, body }).then((answer) =>
        answer.json(),
      );
    let outcomes: unknown;
    const work = Promise.all([send(), send()]).then((all) => {
      outcomes = all.map(({ outcome }) => outcome).sort();
    });
    // Parsed at once, each took the thread for seconds.
    expect(await beside(work)).toBeLessThan(1_500 * (await slowness()));
    expect(outcomes).toEqual(['duplicate', 'ignored']);
  });

  /** Another project of the same organization. */
  const besides = async (own: TestApi, { organizationId, key }: TestTenant): Promise<TestTenant> => {
    const { createProject } = await own.data(
      key,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId, name: 'Another' } },
    );
    return { organizationId, projectId: createProject.project.id, key };
  };

  it('counts against a rate of its webhook, which is told with the time to wait, and not against another webhook’s', async () => {
    const slow = await TestApi.start({ limits: { bodyBytes: 1024 * 1024, ratePerSecond: 12 } });
    try {
      const hostile = await gitHubProject(slow, gitHub);
      const innocent = await gitHubProject(slow, gitHub);
      const sibling = await gitHubProject(slow, gitHub, await besides(slow, hostile.tenant));
      const flood = Array.from({ length: 60 }, () => sendGitHub(hostile, issueEvent()));
      expect((await sendGitHub(sibling, issueEvent())).status).toBe(200);
      const answers = await Promise.all(flood);
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(10);
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
      expect((await sendGitHub(innocent, issueEvent())).status).toBe(200);
      const unknown = { ...hostile, url: hostile.url.replace(/[^/]+$/, 'A'.repeat(43)) };
      const others = await Promise.all(Array.from({ length: 60 }, () => sendGitHub(unknown, issueEvent())));
      const alike = others.find(({ status }) => status === 429);
      const withoutId = async (answer: Response | undefined) =>
        (await answer?.text())?.replace(`,"requestId":"${answer?.headers.get('x-request-id')}"`, '');
      expect(await withoutId(alike)).toEqual(await withoutId(refused[0]));
      expect((await sendGitHub(innocent, issueEvent())).status).toBe(200);
    } finally {
      await slow.close();
    }
  });
});

describe('an inbound webhook', () => {
  it('shows how its reports went, its URL without the token, and what each was answered', async () => {
    const owner = await gitHubProject(api, gitHub);
    const asked = `query ($id: ID!) {
      inboundWebhook(projectId: $id) { url activity { health consecutiveFailures lastReceivedAt lastSuccessAt lastFailureAt } }
      deliveries(projectId: $id) { edges { node { responseCode noReplayBecause } } }
    }`;
    const show = () => api.data(owner.tenant.key, asked, { id: owner.tenant.projectId });
    const before = await show();
    const nothing = { lastReceivedAt: null, lastSuccessAt: null, lastFailureAt: null };
    expect(before.inboundWebhook.activity).toEqual({ health: 'HEALTHY', consecutiveFailures: 0, ...nothing });
    expect(before.inboundWebhook.url).toMatch(/^https?:\/\/.*\/api\/webhooks\/\[redacted\]$/);
    for (let index = 0; index < 5; index++) await sendGitHub(owner, 'no JSON', { delivery: String(index) });
    const failing = await show();
    expect(failing.inboundWebhook.activity).toMatchObject({
      health: 'DEGRADED',
      consecutiveFailures: 5,
      lastSuccessAt: null,
      lastFailureAt: expect.any(String),
    });
    await sendGitHub(owner, issueEvent(0, 0));
    const { inboundWebhook, deliveries } = await show();
    expect(inboundWebhook.activity).toEqual({
      health: 'HEALTHY',
      consecutiveFailures: 0,
      lastReceivedAt: expect.any(String),
      lastSuccessAt: expect.any(String),
      lastFailureAt: failing.inboundWebhook.activity.lastFailureAt,
    });
    expect(deliveries.edges.map(({ node }: { node: { responseCode: number } }) => node.responseCode)).toEqual([
      200, 400, 400, 400, 400, 400,
    ]);
    expect(deliveries.edges[0].node.noReplayBecause).toMatch(/^Only a digest/);
  });

  describe('in the delivery log', () => {
    const shown = 'id provider url activity { health lastReceivedAt }';
    const log = `query ($id: ID!, $first: Int, $direction: Direction) {
      deliveries(projectId: $id, first: $first, direction: $direction) {
        edges { node { direction webhook { id } inboundWebhook { ${shown} } } } } }`;
    const inboundOf = `query ($id: ID!) { inboundWebhook(projectId: $id) { ${shown} } }`;

    const rowsOf = async (owner: InboundProject, variables: object = {}) => {
      const { deliveries } = await api.data(owner.tenant.key, log, { id: owner.tenant.projectId, ...variables });
      return deliveries.edges.map(({ node }: { node: object }) => node);
    };
    const webhookOf = async ({ tenant: { key, projectId } }: InboundProject) =>
      (await api.data(key, inboundOf, { id: projectId })).inboundWebhook;

    it('is carried by each row that it received, and by none that was sent', async () => {
      const owner = await gitHubProject(api, gitHub);
      const outbound = await api.webhook(owner.tenant);
      await api.data(
        owner.tenant.key,
        'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }',
        {
          id: outbound.id,
        },
      );
      await sendGitHub(owner, issueEvent());
      await sendGitHub(owner, 'no JSON');
      const received = { direction: 'INBOUND', webhook: null, inboundWebhook: await webhookOf(owner) };
      expect(received.inboundWebhook).toMatchObject({ id: expect.any(String), provider: 'GITHUB' });
      expect(await rowsOf(owner)).toEqual([
        received,
        received,
        { direction: 'OUTBOUND', webhook: { id: outbound.id }, inboundWebhook: null },
      ]);
    });

    it('is looked up once for all rows, and not at all for what was sent', async () => {
      const owner = await gitHubProject(api, gitHub);
      for (let index = 0; index < 4; index++) await sendGitHub(owner, issueEvent());
      const lookUps = async (variables: object) => {
        const spy = vi.spyOn(pg.Client.prototype, 'query');
        const rows = await rowsOf(owner, variables);
        const texts = spy.mock.calls.map(([statement]) =>
          typeof statement === 'string' ? statement : ((statement as unknown as { text: string })?.text ?? ''),
        );
        spy.mockRestore();
        const webhooks = texts.filter((text) => text.includes('"public"."inbound_webhook"')).length;
        const activities = texts.filter((text) => /FROM own, ended/.test(text)).length;
        return { rows: rows.length, webhooks, activities };
      };
      expect(await lookUps({ first: 1 })).toEqual({ rows: 1, webhooks: 1, activities: 1 });
      expect(await lookUps({ first: 4 })).toEqual({ rows: 4, webhooks: 1, activities: 1 });
      expect(await lookUps({ direction: 'OUTBOUND' })).toEqual({ rows: 0, webhooks: 0, activities: 0 });
    });

    it('stays with its rows when it rotates, and leaves them when it is deleted, whatever is made in its place', async () => {
      const owner = await gitHubProject(api, gitHub);
      const { key, projectId } = owner.tenant;
      await sendGitHub(owner, issueEvent());
      const { id } = await webhookOf(owner);
      const ids = async () =>
        (await rowsOf(owner)).map((row: { inboundWebhook: { id: string } | null }) => row.inboundWebhook?.id ?? null);
      await api.data(key, 'mutation ($id: ID!) { rotateInboundWebhook(input: { projectId: $id }) { url } }', {
        id: projectId,
      });
      expect(await ids()).toEqual([id]);
      await api.data(
        key,
        'mutation ($id: ID!) { deleteInboundWebhook(input: { projectId: $id }) { inboundWebhook { id } } }',
        {
          id: projectId,
        },
      );
      expect(await ids()).toEqual([null]);
      const next = await gitHubProject(api, gitHub, owner.tenant);
      await sendGitHub(next, issueEvent());
      const successor = await webhookOf(next);
      expect(successor.id).not.toBe(id);
      expect(await ids()).toEqual([successor.id, null]);
    });
  });
});

describe('the limits of a request', () => {
  /** Sends a head, then a body piece by piece, and tells the answer and how much was taken. */
  function stream(headers: Record<string, string>, piece: Buffer, most: number) {
    return new Promise<{ status: number | 'closed' | undefined; sent: number }>((resolve) => {
      const sent = httpRequest(project.url, { method: 'POST', headers });
      let bytes = 0;
      let over = false;
      sent.on('response', (response) => {
        over = true;
        response.resume();
        resolve({ status: response.statusCode, sent: bytes });
        sent.destroy();
      });
      // Whoever is still writing when the server closes may learn that before it reads the answer.
      sent.on('error', () => resolve({ status: 'closed', sent: bytes }));
      const write = () => {
        while (!over && bytes < most) {
          bytes += piece.length;
          if (!sent.write(piece)) return void sent.once('drain', write);
        }
        if (!over) sent.end();
      };
      write();
    });
  }

  it('are told by its length before any of it is read', async () => {
    const { status, sent } = await stream({ 'content-length': String(25 * 1024 * 1024 + 1) }, Buffer.alloc(1024), 1024);
    expect(status).toBe(413);
    expect(sent).toBe(1024);
  });

  it('end a body without a length as soon as it has more than 25 MiB', async () => {
    const { status, sent } = await stream(
      { 'transfer-encoding': 'chunked' },
      Buffer.alloc(256 * 1024),
      60 * 1024 * 1024,
    );
    expect([413, 'closed']).toContain(status);
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  it('let a body of 25 MB through, and prove it', async () => {
    const content = JSON.stringify({ ...issueEvent(), padding: 'x'.repeat(25_000_000) });
    expect(await (await sendGitHub(project, content)).json()).toMatchObject({ outcome: 'accepted' });
  });

  it('are POST alone, and no content encoding', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(project.url, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    const encoded = await sendGitHub(project, issueEvent(), { headers: { 'content-encoding': 'gzip' } });
    expect(encoded.status).toBe(415);
  });
});

describe('uploads to a token that is nobody’s', () => {
  it('take no memory from those who know one, and are refused like all else once they are there as a whole', async () => {
    const most = 25 * 1024 * 1024;
    const url = project.url.replace(/[^/]+$/, 'A'.repeat(43));
    const uploads = await Promise.all(
      Array.from({ length: 14 }, async () => {
        const sent = httpRequest(url, { method: 'POST', headers: { 'content-length': String(most) } });
        const answered = new Promise<number | undefined>((resolve, reject) => {
          sent.on('response', (response) => resolve(response.resume().statusCode));
          sent.on('error', reject);
        });
        answered.catch(() => {});
        const written = new Promise((resolve) => sent.write(Buffer.alloc(most - 1), resolve));
        await Promise.race([written, answered.catch(() => {})]);
        return { sent, answered };
      }),
    );
    expect((await sendGitHub(project, issueEvent())).status).toBe(200);
    const beganAt = performance.now();
    for (const { sent } of uploads) sent.end('x');
    expect(new Set(await Promise.all(uploads.map(({ answered }) => answered)))).toEqual(new Set([401]));
    expect(performance.now() - beganAt).toBeGreaterThan(98);
  });
});

describe('guessing tokens', () => {
  it('costs the database a few look-ups, however many guesses come, and turns away no webhook that is known', async () => {
    await sendGitHub(project, issueEvent());
    const { server, url } = await api.serve();
    const spy = vi.spyOn(pg.Client.prototype, 'query');
    const beganAt = performance.now();
    try {
      const guesses = Promise.all(
        Array.from({ length: 200 }, async () => {
          const guess = randomBytes(32).toString('base64url');
          return (await sendGitHub({ ...project, url: `${url}/api/webhooks/${guess}` }, issueEvent())).status;
        }),
      );
      const known = { ...project, url: `${url}${new URL(project.url).pathname}` };
      expect((await sendGitHub(known, issueEvent())).status).toBe(200);
      const statuses = await guesses;
      expect(statuses).toContain(429);
      // 503 where the machine is so slow that some waited too long.
      expect(statuses.filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
      const seconds = (performance.now() - beganAt) / 1_000;
      expect((await sendGitHub(known, issueEvent())).status).toBe(200);
      const lookUps = spy.mock.calls.filter(
        ([statement]) => (statement as unknown as { name?: string })?.name === 'inbound_webhook_by_token',
      );
      expect(lookUps.length).toBeGreaterThanOrEqual(60);
      expect(lookUps.length).toBeLessThan(65 + 10 * (seconds + 1));
    } finally {
      spy.mockRestore();
      await server.close();
    }
  });
});

describe('the time of an answer', () => {
  it('does not depend on the tracker, which is not even asked', async () => {
    const owner = await gitHubProject(api, gitHub);
    gitHub.next.push(null);
    const fetches = gitHub.fetches;
    const beganAt = performance.now();
    expect((await sendGitHub(owner, issueEvent())).status).toBe(200);
    expect(performance.now() - beganAt).toBeLessThan(1_000 * (await slowness()));
    expect(gitHub.fetches).toBe(fetches);
    gitHub.next.length = 0;
  });

  it('is within a second where the database does not answer: the tracker is asked to send it again', async () => {
    const owner = await gitHubProject(api, gitHub);
    await sendGitHub(owner, issueEvent());
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE inbound_event IN ACCESS EXCLUSIVE MODE');
    const delivery = randomUUID();
    try {
      const beganAt = performance.now();
      const response = await sendGitHub(owner, issueEvent(), { delivery });
      expect(performance.now() - beganAt).toBeLessThan(1_000 * (await slowness()));
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    } finally {
      await client.query('COMMIT');
      client.release();
    }
    // It was stored after all, or is now; either way once.
    await sendGitHub(owner, issueEvent(), { delivery });
    expect(await countOf(owner.tenant.projectId)).toBe(2);
  });
});

describe('what the process logs', () => {
  it('holds no token and no secret', async () => {
    const owner = await gitHubProject(api, gitHub);
    await sendGitHub(owner, issueEvent());
    await fetch(owner.url, { method: 'POST', body: 'x' });
    const text = JSON.stringify(api.logged);
    expect(text).not.toContain(new URL(owner.url).pathname.split('/').at(-1));
    expect(text).not.toContain(owner.secret);
  });
});
