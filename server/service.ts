import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Services } from '../schema/services.ts';
import { findableOver } from '../workflows/findable.ts';
import { lifecycleOver } from '../workflows/lifecycle.ts';
import { signalIssueOver } from '../workflows/signalIssue.ts';
import { signalWorkflowOver } from '../workflows/signalWorkflow.ts';
import { retryWorkflowsAt } from '../workflows/temporalUi.ts';
import { createApiKeys } from './access/apiKeys.ts';
import { createAuthenticator } from './access/authenticate.ts';
import { holderOf } from './access/holder.ts';
import { createTokenVerifier } from './access/jwt.ts';
import { createPermissionMatrix } from './access/matrix.ts';
import { createMembers } from './access/members.ts';
import { keepOperatorKey } from './access/operatorKey.ts';
import { createPortalLinks } from './access/portalLinks.ts';
import { sentRequests } from './deliveries/sentRequest.ts';
import { sendTestEvent } from './deliveries/testEvent.ts';
import { startEngine } from './engine.ts';
import { createEventTypes } from './events/eventTypes.ts';
import { Publisher } from './events/publish.ts';
import { createEventValidator } from './events/validation.ts';
import { Places } from './fairness/places.ts';
import { createHealthFeed } from './health/healthFeed.ts';
import { openInbound } from './inbound/inbound.ts';
import { createIssueFeed } from './issues/issueFeed.ts';
import { SchemaChecks } from './jsonSchema/schemaChecks.ts';
import { openLifecycle } from './lifecycle.ts';
import { createLiveFeed } from './live/liveFeed.ts';
import { createNotifier } from './live/notifier.ts';
import { createMetrics } from './metrics.ts';
import { createOrganizations } from './organizations/organizations.ts';
import type { ProcessConfig } from './processConfig.ts';
import { announceKeys } from './secrets/keyHolders.ts';
import { parseKeyRing } from './secrets/keyRing.ts';
import { createSender } from './sender/sender.ts';
import { openDatabase } from './store/database.ts';
import type { PrismaClient } from './store/prisma/client.ts';
import { shareReads } from './store/sharedReads.ts';
import { createTemporalClient } from './temporal.ts';

import { userAgent } from './version.ts';
import { createWebhooks } from './webhooks/webhooks.ts';

/** Everything behind the API of one process. */
export interface Service {
  readonly services: Services;
  readonly metrics: Registry;
  /** Ends what is under way in order; nothing that was accepted is lost. */
  close(): Promise<void>;
}

/** Statistics are the dearest reads: one of an organization at a time, and two of a process, whose cores others need too. */
const statisticsLimits = { places: 2, placesEach: 1, waitingEach: 500, waiting: 2_000, patienceMs: 8_000 };
/** Most organizations whose services are kept at hand. */
const mostHolders = 1_000;

/** Makes what a name stands for once, and forgets the oldest. */
function remembered<Key, Value>(most: number, nameOf: (key: Key) => string, make: (name: string) => Value) {
  const known = new Map<string, Value>();
  return (key: Key): Value => {
    const name = nameOf(key);
    let value = known.get(name);
    if (value === undefined) {
      value = make(name);
      known.set(name, value);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    }
    return value;
  };
}

export async function createService(config: ProcessConfig, log: Logger): Promise<Service> {
  const database = openDatabase(config.databaseUrl, {
    connections: 20,
    // Callers wait for what is asked here.
    statementMs: 8_000,
    onIdleError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const { pool, pulse, prisma } = database;
  const keys = parseKeyRing(config.encryptionKeys);
  const announcement = await announceKeys(pool, keys, log);
  const metrics = createMetrics();
  const temporal = createTemporalClient(config.temporal, metrics.called);
  temporal.warm();
  const sender = createSender({ ...config, userAgent, exchanges: config.concurrency.perProcess });
  const notifier = createNotifier(pool, log);
  const liveFeed = createLiveFeed({ pool, log, databaseUrl: config.databaseUrl });
  const engine = await startEngine({
    pool,
    pulse,
    keys,
    sender,
    notifier,
    signal: signalWorkflowOver(temporal, findableOver(config.temporal.namespace, pool, log)),
    limits: config.concurrency,
    metrics,
    log,
  });
  const inbound = openInbound({
    pool,
    prisma,
    keys,
    notifier,
    log,
    metrics,
    config,
    signal: signalIssueOver(temporal),
  });
  const issueFeed = createIssueFeed({ pool, log, liveFeed });
  const healthFeed = createHealthFeed({ pool, log, liveFeed });
  const schemaChecks = new SchemaChecks();
  const eventTypes = createEventTypes(prisma, schemaChecks);
  const authenticator = createAuthenticator(
    prisma,
    await keepOperatorKey(prisma, config.operatorKey),
    config.jwt === null ? null : createTokenVerifier(config.jwt, log),
  );

  const workflows = lifecycleOver(temporal);
  const lifecycle = openLifecycle({ prisma, pool, keys, log, notifier, liveFeed, engine, workflows });

  const reads = shareReads(prisma);
  const statistics = new Places(statisticsLimits);

  /** What reads through Prisma, with one client. */
  const readers = (client: PrismaClient, holder: string) => {
    const types = createEventTypes(client, schemaChecks);
    return {
      prisma: client,
      organizations: createOrganizations(client),
      apiKeys: createApiKeys(client, authenticator.forget),
      permissionMatrix: createPermissionMatrix(client, authenticator.forgetOrganization),
      members: createMembers(client, authenticator.forgetUser),
      portalLinks: createPortalLinks(client, authenticator.forget),
      eventTypes: types,
      webhooks: createWebhooks(client, types, keys, config, ({ id, organizationId }, cancelled) => {
        engine.dispatcher.forget(id);
        notifier.changed(organizationId, cancelled);
        // It sleeps until something is due: now it ends, or cancels what came meanwhile.
        engine.waker.wakeAnyway(id, Date.now());
      }),
      lifecycle: {
        ...lifecycle,
        stats: (request) => statistics.take(holder, () => lifecycle.stats(request)),
        openDeliveries: (request) => reads.take(holder, () => lifecycle.openDeliveries(request)),
      },
      sentRequests: (wanted) => reads.take(holder, () => sentRequests(pool, wanted)),
    } satisfies Partial<Services>;
  };

  const services: Services = {
    ...readers(prisma, 'Everhook'),
    for: remembered(
      mostHolders,
      holderOf,
      (holder): Services => ({ ...services, ...readers(reads.of(holder), holder) }),
    ),
    authenticate: (authorization, origin) => authenticator.authenticate(authorization, origin),
    knows: authenticator.knows,
    reEnable: lifecycle.reEnable,
    publisher: new Publisher(createEventValidator(eventTypes, schemaChecks), engine.commits),
    liveFeed,
    issueFeed,
    healthFeed,
    issueIntegrations: inbound.integrations,
    inboundWebhooks: inbound.webhooks,
    inbound: inbound.receiver,
    sendTest: (webhookId, by) => sendTestEvent(engine.direct, webhookId, by),
    retryWorkflows: retryWorkflowsAt(config.temporalUiUrl, config.temporal.namespace),
    egressIpRanges: config.egressIpRanges,
    readiness: { postgresql: () => pool.query('SELECT 1'), temporal: () => temporal.check() },
  };

  return {
    services,
    metrics: metrics.registry,
    async close() {
      for (const part of [
        issueFeed,
        healthFeed,
        liveFeed,
        inbound,
        engine,
        schemaChecks,
        notifier,
        sender,
        temporal,
        announcement,
        database,
      ] as const) {
        // One that fails must not keep the others from recording what is under way.
        try {
          await part.close();
        } catch (error) {
          log.error({ err: error }, 'a part of the service did not end as it should');
        }
      }
    },
  };
}
