import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { callableHost } from '../ground/listening.ts';
import { createIssueIntegrations, type IssueIntegrations } from '../issues/integrations.ts';
import { IssueWaker, type SignalIssue } from '../issues/issueWaker.ts';
import { createTrackerConnections } from '../issues/trackers/connections.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Egress } from '../sender/egress.ts';
import type { UrlExemptions } from '../sender/url.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { InboundCommit } from './inboundCommit.ts';
import { createInboundWebhooks, type InboundWebhooks } from './inboundWebhooks.ts';
import { InboundWebhookCache } from './openWebhook.ts';
import { Receiver, type ReceiverParts } from './receiver.ts';

/** The inbound half of an API process. */
export interface Inbound {
  readonly integrations: IssueIntegrations;
  readonly webhooks: InboundWebhooks;
  readonly receiver: Receiver;
  /** Stores the accepted requests and sends their wakes. */
  close(): Promise<void>;
}

export function openInbound(parts: {
  pool: Pool;
  prisma: PrismaClient;
  keys: KeyRing;
  notifier: Notifier;
  log: Logger;
  metrics: { received: NonNullable<ReceiverParts['onReceived']> };
  signal: SignalIssue;
  egress?: Egress | null;
  config: UrlExemptions & { readonly host: string; readonly port: number; readonly publicUrl: string | null };
}): Inbound {
  const { pool, prisma, keys, notifier, log, config } = parts;
  const connections = createTrackerConnections({ ...config, egress: parts.egress ?? null });
  const commits = new InboundCommit(pool);
  const waker = new IssueWaker(parts.signal, log, () => commits.latestMs);
  const receiver = new Receiver({
    webhooks: new InboundWebhookCache(pool, keys),
    commits,
    notifier,
    wake: (issue) => waker.wake(issue),
    onReceived: parts.metrics.received,
  });
  const publicUrl = config.publicUrl ?? `http://${callableHost(config.host)}:${config.port}`;
  return {
    receiver,
    integrations: createIssueIntegrations(prisma, keys, connections, config),
    webhooks: createInboundWebhooks({ prisma, pool, keys, receiver, publicUrl }),
    async close() {
      await commits.drained();
      await waker.close();
      await connections.close();
    },
  };
}
