import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';

/** An example that runs as its reader would run it, behind a webhook with the ONPLANA profile. */
export interface Example {
  readonly webhookId: string;
  readonly url: string;
  readonly secret: string;
  close(): Promise<void>;
}

const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }';

/**
 * @param env - what it is told beside the webhook's secret
 * @param through - where the webhook leads instead, knowing where the example listens
 */
export async function startExample(
  api: TestApi,
  tenant: TestTenant,
  file: string,
  env: Record<string, string>,
  through: (url: string) => Promise<string> = async (url) => url,
): Promise<Example> {
  // Its secret comes with the webhook, whose URL is known only once the example listens.
  const webhook = await api.webhook(tenant, { retrySchedule: [] });
  const secret = webhook.secret as string;
  const child = spawn(process.execPath, [join(packageRoot, 'examples', file)], {
    env: { PATH: process.env.PATH, WEBHOOK_SECRET: secret, ...env },
    // What it cannot do now it says on stderr; the tests see it by its answers.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  const early = ended.then(([code]) => Promise.reject(new Error(`${file} ended with code ${code}.`)));
  early.catch(() => {});
  const [url] = (await Promise.race([once(createInterface(child.stdout), 'line'), early])) as [string];
  await api.data(tenant.key, update, { input: { id: webhook.id, url: await through(url) } });
  return {
    webhookId: webhook.id,
    url,
    secret,
    async close() {
      child.kill();
      await ended;
    },
  };
}

const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

/** States that a delivery does not leave by itself. */
const final = new Set(['DELIVERED', 'FAILED', 'CANCELLED']);

/** Publishes events and resolves when each was delivered, or has failed. @returns the codes that the example answered */
export async function deliver(
  api: TestApi,
  tenant: TestTenant,
  webhookId: string,
  events: readonly { type: string; data: object; previous?: object }[],
): Promise<number[]> {
  const { publishEvents } = await api.data(tenant.key, publishing, { input: { projectId: tenant.projectId, events } });
  const query = `query ($id: ID!) { deliveries(webhookId: $id, first: 100) { edges { node { event { id } status responseCode } } } }`;
  for (;;) {
    const { deliveries } = await api.data(tenant.key, query, { id: webhookId });
    const ended = new Map<string, number>(
      deliveries.edges
        .filter(({ node }: { node: { status: string } }) => final.has(node.status))
        .map(({ node }: { node: { event: { id: string }; responseCode: number } }) => [
          node.event.id,
          node.responseCode,
        ]),
    );
    const codes = publishEvents.events.map(({ id }: { id: string }) => ended.get(id));
    if (!codes.includes(undefined)) return codes;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
