import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createApiKeys } from '../../core/access/apiKeys.ts';
import { createAuthenticator } from '../../core/access/authenticate.ts';
import { holderOf } from '../../core/access/holder.ts';
import { createTokenVerifier } from '../../core/access/jwt.ts';
import { createPermissionMatrix } from '../../core/access/matrix.ts';
import { createMembers } from '../../core/access/members.ts';
import { ensureOperatorKey } from '../../core/access/operatorKey.ts';
import { createPortalLinks } from '../../core/access/portalLinks.ts';
import { startEngine } from '../../core/composition/engine.ts';
import { openLifecycle } from '../../core/composition/lifecycle.ts';
import { createMetrics } from '../../core/composition/metrics.ts';
import type { ProcessConfig } from '../../core/composition/processConfig.ts';
import { sentRequests } from '../../core/deliveries/sentRequest.ts';
import { sendTestEvent } from '../../core/deliveries/testEvent.ts';
import { createEventTypes } from '../../core/events/eventTypes.ts';
import { Publisher } from '../../core/events/publish.ts';
import { createEventValidator } from '../../core/events/validation.ts';
import { Places } from '../../core/fairness/places.ts';
import { userAgent } from '../../core/ground/version.ts';
import { createHealthFeed } from '../../core/health/healthFeed.ts';
import { openInbound } from '../../core/inbound/inbound.ts';
import { createIssueFeed } from '../../core/issues/issueFeed.ts';
import { SchemaChecks } from '../../core/jsonSchema/schemaChecks.ts';
import { createLiveFeed } from '../../core/live/liveFeed.ts';
import { createNotifier } from '../../core/live/notifier.ts';
import { createOrganizations } from '../../core/organizations/organizations.ts';
import { announceKeys } from '../../core/secrets/keyHolders.ts';
import { parseKeyRing } from '../../core/secrets/keyRing.ts';
import { createSender } from '../../core/sender/sender.ts';
import { openDatabase } from '../../core/store/database.ts';
import type { PrismaClient } from '../../core/store/prisma/client.ts';
import { shareReads } from '../../core/store/sharedReads.ts';
import { createWebhooks } from '../../core/webhooks/webhooks.ts';
import type { Services } from '../../schema/services.ts';
import { findableOver } from '../../workflows/client/findable.ts';
import { lifecycleOver } from '../../workflows/client/lifecycle.ts';
import { signalIssueOver } from '../../workflows/client/signalIssue.ts';
import { signalWorkflowOver } from '../../workflows/client/signalWorkflow.ts';
import { createTemporalClient } from '../../workflows/client/temporal.ts';
import { retryWorkflowsAt } from '../../workflows/client/temporalUi.ts';

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
  const { pool, heartbeatPool, prisma } = database;
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
    heartbeatPool,
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
    await ensureOperatorKey(prisma, config.operatorKey),
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
    isKnownCredential: authenticator.isKnownCredential,
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
