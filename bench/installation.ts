import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parts, startParts } from '../start/parts.ts';
import { typeOf, webhookCount } from './payload.ts';
import { cpuSeconds } from './processTree.ts';
import { BenchPublisher } from './publisher.ts';

/** The whole product, on a data folder of its own, with ten webhooks. */
export interface Installation {
  readonly parts: Parts;
  readonly publisher: BenchPublisher;
  readonly operatorKey: string;
  readonly organizationId: string;
  /** Processes of the product. */
  readonly pids: readonly number[];
  /** Deletes one webhook and makes another in its place; nothing of the old one is delivered any more. */
  replaceWebhook(index: number, path: string, retrySchedule?: string[]): Promise<void>;
  /** Makes webhooks besides the ten, all of one event type. */
  addWebhooks(count: number, path: string, eventType: string, retrySchedule: string[]): Promise<void>;
  /** Runs a mutation as the operator, with its one input. */
  create<T>(mutation: string, input: unknown): Promise<T>;
  /** Waits until all processes are idle, or until a time limit. */
  atRest(maxSeconds?: number): Promise<void>;
  close(): Promise<void>;
}

async function call<T>(url: string, key: string, query: string, input: unknown): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, T>; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as T;
}

/** CPU of all processes, in cores, below which they are idle. */
const idleShare = 0.1;

/** @param env - settings besides those that every part of the bench needs */
export async function startInstallation(receiverUrl: string, env: NodeJS.ProcessEnv = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook-bench-'));
  const operatorKey = randomBytes(32).toString('base64url');
  const parts = await startParts({
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      PORT: '0',
      EVERHOOK_DATA_DIR: folder,
      EVERHOOK_OPERATOR_KEY: operatorKey,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
      EVERHOOK_LOG_LEVEL: 'warn',
      EVERHOOK_RATE_LIMIT: '1000000',
      ...env,
    },
  });
  const create = <T>(mutation: string, input: unknown) => call<T>(parts.url, operatorKey, mutation, input);
  const { organization } = await create<{ organization: { id: string } }>(
    'mutation C($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { name: 'Bench' },
  );
  const { project } = await create<{ project: { id: string } }>(
    'mutation C($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { organizationId: organization.id, name: 'Bench', profile: 'STANDARD' },
  );
  const { key } = await create<{ key: string }>(
    'mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { organizationId: organization.id, name: 'Publisher', role: 'ADMIN' },
  );
  async function createWebhook(
    index: number,
    path: string,
    retrySchedule?: string[],
    eventType = typeOf(index),
  ): Promise<string> {
    const { webhook } = await create<{ webhook: { id: string } }>(
      'mutation C($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      {
        organizationId: organization.id,
        projectId: project.id,
        name: `Webhook ${index}`,
        url: `${receiverUrl}${path}`,
        eventTypes: [eventType],
        ...(retrySchedule ? { retrySchedule } : {}),
      },
    );
    return webhook.id;
  }

  const webhookIds: string[] = [];
  for (let index = 0; index < webhookCount; index++) {
    await create(
      'mutation C($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      {
        projectId: project.id,
        name: typeOf(index),
        schema: { type: 'object', required: ['publishedAt'], properties: { publishedAt: { type: 'number' } } },
      },
    );
    webhookIds.push(await createWebhook(index, `/hook/${index}`));
  }
  const publisher = new BenchPublisher(parts.url, key, project.id, 128);
  const pids = [parts.api, parts.worker, parts.postgres, parts.temporal].flatMap((part) => (part ? [part.pid] : []));
  return {
    parts,
    publisher,
    operatorKey,
    organizationId: organization.id,
    pids,
    create,
    async atRest(maxSeconds = 30) {
      for (let seconds = 0, before = cpuSeconds(pids); seconds < maxSeconds; seconds++) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const now = cpuSeconds(pids);
        if (now - before < idleShare) return;
        before = now;
      }
    },
    async addWebhooks(count, path, eventType, retrySchedule) {
      for (let index = 0; index < count; index++) await createWebhook(index, path, retrySchedule, eventType);
    },
    async replaceWebhook(index, path, retrySchedule) {
      await call(
        parts.url,
        operatorKey,
        'mutation D($input: ID!) { deleteWebhook(input: { id: $input }) { webhook { id } } }',
        webhookIds[index],
      );
      webhookIds[index] = await createWebhook(index, path, retrySchedule);
    },
    async close() {
      await publisher.close();
      await parts.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
