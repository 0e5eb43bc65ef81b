import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConflictError, Everhook, NotFoundError, ValidationError } from '../../../client-sdk/src/index.ts';
import { createNotifier } from '../../../core/live/notifier.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { issueEvent, reachable, sendGitHub } from '../../support/inbound.ts';
import { FakeGitHub } from '../../trackers/github.ts';

let api: TestApi;
let tenant: TestTenant;
let owner: Everhook;
const gitHub = new FakeGitHub();
beforeAll(async () => {
  api = await TestApi.start();
  await gitHub.listen();
  tenant = await api.tenant();
  owner = new Everhook({ url: api.url, apiKey: tenant.key });
});
afterAll(async () => {
  await api.close();
  await gitHub.close();
});

describe('a tracker through the SDK', () => {
  it('is connected, reports to a webhook that is made, tested, rotated and deleted, and is disconnected', async () => {
    const { projectId } = tenant;
    const project = { projectId };
    expect(await owner.inbound.integration(project)).toBeNull();
    expect(await owner.inbound.webhook(project)).toBeNull();

    const { integration, removedInboundWebhook } = await owner.inbound.setIntegration({
      ...project,
      provider: 'GITHUB',
      baseUrl: gitHub.baseUrl,
      credentials: { token: gitHub.token },
    });
    expect(integration).toMatchObject({
      provider: 'GITHUB',
      supportsInboundWebhook: true,
      removesInboundWebhook: false,
    });
    expect(removedInboundWebhook).toBe(false);
    const created = await owner.inbound.createWebhook(project);
    expect(created.inboundWebhook).toMatchObject({ provider: 'GITHUB', canRotate: true, rotatedAt: null });
    await expect(owner.inbound.createWebhook(project)).rejects.toBeInstanceOf(ConflictError);
    expect(await owner.inbound.webhook(project)).toEqual(created.inboundWebhook);
    expect((await owner.inbound.integration(project))?.removesInboundWebhook).toBe(true);

    const send = async ({ url, secret }: { url: string; secret: string | null }) =>
      (await sendGitHub({ url: reachable(api, url), secret }, issueEvent())).status;
    expect(await send(created)).toBe(200);
    const delivery = { direction: 'INBOUND', isTest: true };
    for (const outcome of ['LOGGED', 'DUPLICATE']) {
      expect(await owner.inbound.sendTest(project)).toMatchObject({ outcome, delivery });
    }
    const rotated = await owner.inbound.rotateWebhook(project);
    expect(rotated.inboundWebhook.rotatedAt).not.toBeNull();
    expect(await send(created)).not.toBe(200);
    const watch = owner.deliveries.watch(project);
    await watch.ready;
    expect(await send(rotated)).toBe(200);
    const { value: live } = await watch.next();
    await watch.return();
    const { items } = await owner.deliveries.list({ ...project, direction: 'INBOUND' }).page();
    expect(items.map(({ isTest }) => isTest)).toEqual([false, true, false]);
    for (const item of [...items, live]) {
      expect(item).toMatchObject({
        inboundWebhook: { id: created.inboundWebhook.id },
        noReplayBecause: expect.stringMatching(/send it again/),
      });
    }

    await owner.inbound.deleteWebhook(project);
    await expect(owner.inbound.rotateWebhook(project)).rejects.toBeInstanceOf(NotFoundError);
    expect(await owner.inbound.removeIntegration(project)).toEqual({ removedInboundWebhook: false });
    expect(await owner.inbound.integration(project)).toBeNull();
    await expect(
      owner.inbound.setIntegration({ ...project, provider: 'GITHUB', baseUrl: 'ftp://tracker' }),
    ).rejects.toBeInstanceOf(ValidationError);
  });

  it('shows its issues in a list and live, from the moment that the watch is ready', async () => {
    const { organizationId, projectId } = tenant;
    const pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    const notifier = createNotifier(pool, pino({ level: 'silent' }));
    /** What the worker does with what it fetched. */
    const store = async (id: string, state: string) => {
      await pool.query(
        `INSERT INTO issue (id, organization_id, project_id, provider, external_id, external_key, title, state, url, external_changed_at)
         VALUES ($1, $2, $3, 'GITHUB', '7', 'acme/pier#7', 'The crane squeaks', $4, 'https://tracker.example/7', now())
         ON CONFLICT (id) DO UPDATE SET state = $4, version = issue.version + 1, changed_at = now()`,
        [id, organizationId, projectId, state],
      );
      notifier.changed(organizationId, [id], 'issue');
    };
    const watch = owner.issues.watch({ projectId });
    try {
      await watch.ready;
      const id = randomUUID();
      await store(id, 'open');
      const { value: opened } = await watch.next();
      expect(opened).toMatchObject({ id, state: 'open', version: 1, externalKey: 'acme/pier#7' });
      await watch.return();

      await store(id, 'closed');
      const later = owner.issues.watch({ projectId }, { after: opened?.cursor ?? '' });
      const { value: closed } = await later.next();
      await later.return();
      const { cursor: _, ...issue } = closed as NonNullable<typeof closed>;
      expect(issue).toMatchObject({ id, state: 'closed', version: 2 });
      expect((await owner.issues.list({ projectId }).page()).items).toEqual([issue]);
    } finally {
      await watch.return();
      await notifier.close();
      await pool.end();
    }
  });

  it('shows the issues of others to nobody', async () => {
    const { projectId } = await api.tenant();
    await expect(owner.issues.watch({ projectId }).next()).rejects.toBeInstanceOf(NotFoundError);
    await expect(owner.issues.list({ projectId }).page()).rejects.toBeInstanceOf(NotFoundError);
    await expect(owner.inbound.webhook({ projectId })).rejects.toBeInstanceOf(NotFoundError);
  });
});
