import type { Logger } from 'pino';
import { createApiKeys } from '../../core/access/apiKeys.ts';
import { createAuthenticator } from '../../core/access/authenticate.ts';
import { createTokenVerifier } from '../../core/access/jwt.ts';
import { createKeyUse } from '../../core/access/keyUse.ts';
import { createPermissionMatrix } from '../../core/access/matrix.ts';
import { createMembers } from '../../core/access/members.ts';
import { ensureOperatorKey } from '../../core/access/operatorKey.ts';
import { createPortalLinks } from '../../core/access/portalLinks.ts';
import type { Granted, Principal } from '../../core/access/principal.ts';
import { tenantOf } from '../../core/access/tenant.ts';
import { startDispatch } from '../../core/composition/dispatch.ts';
import { fetchTrusting } from '../../core/composition/egress.ts';
import type { LogLevelControl } from '../../core/composition/logLevel.ts';
import type { Metrics } from '../../core/composition/metrics.ts';
import { openPlatform } from '../../core/composition/platform.ts';
import type { ProcessConfig } from '../../core/composition/processConfig.ts';
import { reachableDatabase, throughOutages } from '../../core/composition/reach.ts';
import { createDeletions } from '../../core/deletions/deletions.ts';
import { endingWithScope } from '../../core/deletions/endingWithScope.ts';
import { createCancel } from '../../core/deliveries/cancel.ts';
import { createReplays } from '../../core/deliveries/replay.ts';
import { createRetry } from '../../core/deliveries/retry.ts';
import { sentRequests } from '../../core/deliveries/sentRequest.ts';
import { sendTestEvent } from '../../core/deliveries/testEvent.ts';
import { createErasures } from '../../core/erasures/erasures.ts';
import { createEventTypes } from '../../core/events/eventTypes.ts';
import { Publisher } from '../../core/events/publish.ts';
import { createEventValidator } from '../../core/events/validation.ts';
import { ConcurrencyQuota } from '../../core/fairness/concurrencyQuota.ts';
import { createHealthFeed } from '../../core/health/healthFeed.ts';
import { openInbound } from '../../core/inbound/inbound.ts';
import { createIssueFeed } from '../../core/issues/issueFeed.ts';
import { SchemaChecks } from '../../core/jsonSchema/schemaChecks.ts';
import { createAnswer } from '../../core/listeners/answer.ts';
import { createListeners } from '../../core/listeners/create.ts';
import { Looks } from '../../core/listeners/looks.ts';
import { type InTurn, listenedRequests, waitingReader } from '../../core/listeners/requests.ts';
import { createListing } from '../../core/listing/listing.ts';
import { jobProgress } from '../../core/live/jobProgress.ts';
import { createLiveFeed, type LiveFeed } from '../../core/live/liveFeed.ts';
import { createCheckIssuer } from '../../core/oidc/checkIssuer.ts';
import { type Claims, type Issuer, looksLikePersonOf } from '../../core/oidc/issuer.ts';
import { createIssuerClient } from '../../core/oidc/issuerClient.ts';
import { syncMemberships } from '../../core/oidc/memberships.ts';
import { createSignIn } from '../../core/oidc/signIn.ts';
import { createOrganizations } from '../../core/organizations/organizations.ts';
import { ProjectOwners } from '../../core/organizations/projectOwners.ts';
import { createUpserts } from '../../core/organizations/upserts.ts';
import { createPortalThemes } from '../../core/portal/themes.ts';
import { countMissedLately } from '../../core/recoveries/missedLately.ts';
import { createRecoveries } from '../../core/recoveries/recoveries.ts';
import { createReferences } from '../../core/references/references.ts';
import { createSessionControl } from '../../core/sessions/control.ts';
import { usualSessionLimits } from '../../core/sessions/limits.ts';
import { createSessions, type Sessions } from '../../core/sessions/sessions.ts';
import { createDeliveryStats } from '../../core/stats/deliveryStats.ts';
import { createOpenDeliveries } from '../../core/stats/openDeliveries.ts';
import { createTenants } from '../../core/stats/tenants.ts';
import type { PrismaClient } from '../../core/store/prisma/client.ts';
import { shareReads } from '../../core/store/sharedReads.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import { createPause } from '../../core/webhooks/pause.ts';
import { createReEnable } from '../../core/webhooks/reEnable.ts';
import { resumeProgress } from '../../core/webhooks/resumeProgress.ts';
import { createReveal } from '../../core/webhooks/reveal.ts';
import { createRotation } from '../../core/webhooks/rotation.ts';
import { createSignsWith } from '../../core/webhooks/signsWith.ts';
import { createWebhooks } from '../../core/webhooks/webhooks.ts';
import type { Services } from '../../schema/services.ts';
import { addTemporalGauge } from '../../workflows/client/temporalGauge.ts';
import { retryWorkflowsAt } from '../../workflows/client/temporalUi.ts';
import { createWorkflows } from '../../workflows/client/workflows.ts';

/** Everything behind the API of one process. */
export interface Service {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly logLevel: LogLevelControl;
  /** Where this process's subscriptions hear of changes. */
  readonly liveFeed: LiveFeed;
  /** Finishes what is under way, in order. Nothing that was accepted is lost. */
  close(): Promise<void>;
}

/** Statistics are the most expensive reads: an organization runs one at a time, and a process two, because others need its cores. */
const statisticsLimits = { maxRunning: 2, maxRunningEach: 1, maxWaitingEach: 500, maxWaiting: 2_000, maxWaitMs: 8_000 };
/** Reads for listeners, which are short, but many. One with megabytes of events waits, and is not refused. */
const listenerLimits = { maxRunning: 4, maxRunningEach: 2, maxWaitingEach: 500, maxWaiting: 5_000, maxWaitMs: 30_000 };
/** Organizations whose services are cached. */
const maxHolders = 1_000;

const belongsTo = (principal: Principal, organizationId: string): boolean =>
  principal.kind !== 'OPERATOR' && principal.grants.some((grant) => grant.organizationId === organizationId);

/** Caches what is made for each name, up to a number of names. */
function cached<Key, Value>(max: number, nameOf: (key: Key) => string, make: (name: string) => Value) {
  const known = new Map<string, Value>();
  return (key: Key): Value => {
    const name = nameOf(key);
    let value = known.get(name);
    if (value === undefined) {
      value = make(name);
      known.set(name, value);
      const [oldest] = known.keys();
      if (known.size > max && oldest !== undefined) known.delete(oldest);
    }
    return value;
  };
}

/** @param waiting - gets what the start waits for. Default: the log */
export async function createService(
  config: ProcessConfig,
  log: Logger,
  telemetry: Telemetry | null = null,
  waiting: (line: string) => void = (line) => log.warn(line),
): Promise<Service> {
  const onDatabase = <T>(work: () => Promise<T>) =>
    throughOutages(reachableDatabase(config.databaseUrl), work, waiting);
  // Callers wait for these statements.
  const bounds = { connections: 14, hotConnections: 8, statementMs: 8_000 };
  const platform = await openPlatform(config, log, bounds, telemetry, waiting);
  const { pool, hotPool, prisma, keys, notifier, metrics, closing } = platform;
  telemetry?.measure(metrics.registry);
  const workflows = closing.add(
    'the connection to Temporal',
    createWorkflows(config.temporal, platform, telemetry?.temporal ?? null),
  );
  workflows.temporal.warm();
  addTemporalGauge(metrics, workflows.temporal);
  const schemaChecks = closing.add('schema checks', new SchemaChecks());
  const dispatch = closing.add(
    'deliveries',
    await startDispatch({ ...platform, signal: workflows.signalWebhook, limits: config.concurrency, onDatabase }),
  );
  const { direct, waker } = dispatch;
  const inbound = closing.add('inbound webhooks', openInbound({ ...platform, config, signal: workflows.signalIssue }));
  const liveFeed = closing.add(
    'the live feed',
    createLiveFeed({ pool: hotPool, log, databaseUrl: config.databaseUrl }),
  );
  metrics.gauge(
    'everhook_live_feed_listening',
    '1 while this process hears of changes from PostgreSQL at once, 0 while it only looks for them now and then. Absent until there was a live reader.',
    () => {
      const listens = liveFeed.listens();
      return listens === null ? null : Number(listens);
    },
  );
  const healthFeed = closing.add('the feed of health', createHealthFeed({ pool: hotPool, log, liveFeed }));
  const issueFeed = closing.add('the feed of issues', createIssueFeed({ pool: hotPool, log, liveFeed }));
  const eventTypes = createEventTypes(prisma, schemaChecks);
  const keyUse = closing.add('the use of keys', createKeyUse(pool, log));
  const authenticator = createAuthenticator(
    prisma,
    await onDatabase(() => ensureOperatorKey(prisma, config.operatorKey)),
    config.jwt === null
      ? null
      : createTokenVerifier(
          { ...config.jwt, isTaken: (sub) => looksLikePersonOf(sub, config.issuers ?? []) },
          log,
          fetchTrusting(platform.egress),
        ),
    keyUse,
  );

  const clients = (config.issuers ?? []).map((issuer) => ({
    issuer,
    client: createIssuerClient(issuer, { fetch: fetchTrusting(platform.egress) }),
  }));
  const forgetUser = (userId: string) => {
    authenticator.forgetUser(userId);
    sessions.forget(({ principal }) => principal?.kind === 'USER' && principal.id === userId);
  };
  const sync = async (issuer: Issuer, person: Granted, claims: Claims): Promise<boolean> => {
    const changed = await syncMemberships({ prisma, log }, issuer, person, claims);
    if (changed) forgetUser(person.id);
    return changed;
  };
  const sessions: Sessions = closing.add(
    'sessions',
    createSessions({
      pool,
      prisma,
      log,
      limits: config.sessions,
      checkIssuer: createCheckIssuer({
        pool,
        log,
        keys,
        issuers: new Map(clients.map(({ issuer, client }) => [issuer.url, { issuer, refresh: client.refresh }])),
        sync,
        end: (id, ending) => sessions.end(id, ending),
        forget: (id) => sessions.forget((session) => session.id === id),
      }),
    }),
  );
  const signIn =
    clients.length === 0 || config.publicUrl === null
      ? null
      : createSignIn({
          pool,
          log,
          keys,
          clients,
          sessions,
          sync,
          publicUrl: config.publicUrl,
          jwtIssuer: config.jwt?.issuer ?? null,
        });
  const forgetOrganization = (id: string) => {
    authenticator.forgetOrganization(id);
    sessions.forget(({ principal }) => principal !== null && belongsTo(principal, id));
  };

  /** Whatever cannot be started now is left to the sweep. */
  const orSweep = (starting: Promise<void>, what: string, id: string) => {
    starting.catch((error) => log.warn({ err: error, id }, `${what} could not be started; the sweep will start it`));
  };
  const projectOwners = new ProjectOwners();
  const deliveryStats = createDeliveryStats(pool);
  const openDeliveries = createOpenDeliveries(pool);
  const tenants = createTenants(pool);
  const reads = shareReads(prisma);
  const statistics = new ConcurrencyQuota(statisticsLimits);
  // Whoever recovers does not wait behind charts.
  const recoveryCounts = new ConcurrencyQuota(statisticsLimits);
  const searches = new ConcurrencyQuota(statisticsLimits);
  const listenerReads = new ConcurrencyQuota(listenerLimits);
  const inTurn: InTurn = (organizationId, work) => listenerReads.run(organizationId, work);
  const listening = { pool, keys, liveFeed, inTurn, looks: new Looks(waitingReader(pool, inTurn)) };

  /** Services that read through one Prisma client. */
  const readers = (client: PrismaClient, holder: string) => {
    const types = createEventTypes(client, schemaChecks);
    const organizations = createOrganizations(client, projectOwners);
    return {
      prisma: client,
      references: createReferences(client),
      organizations,
      upserts: createUpserts(client, organizations),
      apiKeys: createApiKeys(client, (digest, id) => {
        authenticator.forget(digest);
        sessions.forget(({ principal }) => principal?.kind === 'API_KEY' && principal.id === id);
      }),
      permissionMatrix: createPermissionMatrix(client, forgetOrganization),
      members: createMembers(client, forgetUser),
      portalLinks: createPortalLinks(client, authenticator.forget),
      portalThemes: createPortalThemes(client),
      eventTypes: types,
      webhooks: createWebhooks(client, types, keys, config, ({ id, organizationId }, cancelled) => {
        dispatch.dispatcher.forget(id);
        notifier.changed(organizationId, cancelled);
        // The workflow sleeps until something is due: woken now, it ends, or cancels what came meanwhile.
        waker.wakeAnyway(id, Date.now());
      }),
      listing: createListing(
        (text, values) => reads.take(holder, async () => (await pool.query(text, [...values])).rows),
        (search) => searches.run(holder, search),
      ),
      deliveryStats: (request) => statistics.run(holder, () => deliveryStats(request)),
      missedLately: (ids) => statistics.run(holder, () => countMissedLately(pool, ids)),
      openDeliveries: (request) => statistics.run(holder, () => openDeliveries(request)),
      tenants: (request) => statistics.run(holder, () => tenants(request)),
      sentRequests: (wanted, built) => reads.take(holder, () => sentRequests(pool, wanted, built)),
    } satisfies Partial<Services>;
  };

  const services: Services = {
    ...readers(prisma, 'Everhook'),
    for: cached(maxHolders, tenantOf, (holder): Services => ({ ...services, ...readers(reads.of(holder), holder) })),
    authenticate: (credential, origin) =>
      typeof credential === 'object'
        ? sessions.again(credential.session, origin)
        : authenticator.authenticate(credential, origin),
    endOfCredential: authenticator.endOf,
    sessions,
    sessionControl: createSessionControl(prisma, sessions, config.sessions ?? usualSessionLimits),
    signIn,
    isKnownCredential: authenticator.isKnownCredential,
    reEnable: createReEnable(prisma, (changeId) => dispatch.announcer.announce(changeId)),
    rotation: createRotation(prisma, keys, (id, at, organizationId) =>
      orSweep(workflows.signalDeadline(id, at, organizationId), 'the workflow of a retiring secret', id),
    ),
    revealSecrets: createReveal(prisma, keys),
    signsWith: createSignsWith(keys),
    pause: createPause({
      ...platform,
      waker,
      startResume: (id, organizationId) => orSweep(workflows.startResume(id, organizationId), 'resuming a webhook', id),
    }),
    resumeProgress: (webhook, signal) => resumeProgress({ pool, liveFeed }, webhook, signal),
    createListener: createListeners(platform),
    listenedRequests: (listener, signal) => listenedRequests(listening, listener, signal),
    answerListener: createAnswer({ ...platform, recorder: dispatch.recorder }),
    retryDelivery: createRetry({ ...platform, waker }),
    cancelDeliveries: createCancel({ prisma, waker, notifier }),
    replays: createReplays(prisma, direct),
    erasures: createErasures({
      direct,
      keys,
      start: (id, organizationId) => orSweep(workflows.startErasure(id, organizationId), 'an erasure', id),
    }),
    erasureProgress: (erasure, signal) => jobProgress({ pool, liveFeed }, 'erasure', erasure, signal),
    recoveries: createRecoveries({
      pool,
      prisma,
      direct,
      notifier,
      inTurn: (organizationId, work) => recoveryCounts.run(organizationId, work),
      start: (id, organizationId) => orSweep(workflows.startRecovery(id, organizationId), 'a recovery', id),
    }),
    deletions: createDeletions({
      prisma,
      begun: ({ id, organizationId, projectId }, webhookIds) => {
        forgetOrganization(organizationId);
        projectOwners.clear();
        for (const webhookId of webhookIds) dispatch.dispatcher.forget(webhookId);
        // Its target, too: live subscriptions to that end.
        notifier.changed(organizationId, [id, projectId ?? organizationId], 'deletion');
        orSweep(workflows.startDeletion(id, organizationId), 'a deletion', id);
      },
    }),
    deletionProgress: (deletion, signal) => jobProgress({ pool, liveFeed }, 'deletion', deletion, signal),
    recoveryProgress: (recovery, signal) => jobProgress({ pool, liveFeed }, 'recovery', recovery, signal),
    publisher: new Publisher(createEventValidator(eventTypes, schemaChecks), dispatch.commits, platform.tracing),
    liveFeed: {
      cursor: liveFeed.cursor,
      deliveries: (request) =>
        liveFeed.deliveries({ ...request, signal: endingWithScope({ pool, liveFeed }, request, request.signal) }),
    },
    issueFeed: {
      ...issueFeed,
      changes: (request) =>
        issueFeed.changes({ ...request, signal: endingWithScope({ pool, liveFeed }, request, request.signal) }),
    },
    healthFeed: {
      ...healthFeed,
      changes: (request) =>
        healthFeed.changes({ ...request, signal: endingWithScope({ pool, liveFeed }, request, request.signal) }),
    },
    issueIntegrations: inbound.integrations,
    inboundWebhooks: inbound.webhooks,
    inbound: inbound.receiver,
    sendTest: (webhookId, by, key) => sendTestEvent(direct, webhookId, by, key),
    retryWorkflows: retryWorkflowsAt(config.temporalUiUrl, config.temporal.namespace),
    egressIpRanges: config.egressIpRanges,
    readiness: { postgresql: () => pool.query('SELECT 1'), temporal: () => workflows.temporal.check() },
    ...(platform.egress ? { egress: platform.egress } : {}),
  };

  return { services, metrics, logLevel: platform.logLevel, liveFeed, close: () => closing.close() };
}
