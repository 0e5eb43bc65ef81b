import type { Pool } from 'pg';
import { userAgent } from '../ground/version.ts';
import { isPlatformType } from '../profiles/catalogues/platform.ts';
import type { ProfileDefinition, ProfileName } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { redactedUrl, requestUrl } from '../sender/url.ts';
import type { CancelCause, WebhookHealth } from '../store/prisma/enums.ts';
import { openHeaders } from './ownHeaders.ts';
import { knownTemplates, type NumberedTemplate, numberTemplates, type RequestTemplate } from './requestTemplate.ts';
import { takersOf } from './takers.ts';
import { matching } from './typePatterns.ts';

/** A secret and the end of its use in milliseconds since the epoch; null: no end. */
export interface LimitedSecret {
  readonly value: string;
  readonly until: number | null;
}

/** The secrets in use at a time, newest first. */
export const liveSecrets = (secrets: readonly LimitedSecret[], at: Date): string[] =>
  secrets.filter(({ until }) => until === null || until > at.getTime()).map(({ value }) => value);

/** A webhook as its deliveries need it: decrypted, with the profile's values as defaults. */
export interface DeliverableWebhook {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly profile: ProfileDefinition;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Newest first. Routes are cached for long: each attempt asks `liveSecrets` which of them are in use. */
  readonly secrets: readonly LimitedSecret[];
  /** Whether it takes events of a type. Everhook's own go only to webhooks that name them: "all types" means the tenant's. */
  readonly takes: (eventType: string) => boolean;
  readonly scheduleMs: readonly number[];
  readonly timeoutMs: number;
  /** Whether its requests carry `traceparent`, where there is one. */
  readonly sendTraceparent: boolean;
  /** The number of its request template. Null if nothing can be sent to it. */
  readonly template: number | null;
  readonly health: WebhookHealth;
  /** This many consecutive failures disable it; no request may leave after them. Null: no number does. */
  readonly disabledAt: number | null;
  readonly deleted: boolean;
  /** New deliveries are held. So they are while it resumes, too. */
  readonly paused: boolean;
  /** What it holds is being sent. */
  readonly resuming: boolean;
  /** A client of the API takes its requests: nothing is sent to its URL. It is always paused, and counts nowhere, like a test. */
  readonly listener: boolean;
  /** When the read began, by the process's monotonic clock. */
  readonly readAt: number;
  /** When its settings or secrets were last changed; null: never. */
  readonly updatedAt: Date | null;
  /** Why it gets no events at the moment; null if it does. */
  readonly stopped: string | null;
  /** The cause of what is cancelled for that. Null if it gets its events. */
  readonly stoppedBy: Exclude<CancelCause, 'PERSON' | 'TYPE_NOT_TAKEN' | 'EVENT_ERASED'> | null;
}

/** The webhooks of an organization's events, at one version. */
export interface Routes {
  readonly organizationId: string;
  readonly version: bigint;
  /** The version of the organization's event types. It rises only together with `version`. */
  readonly typesVersion: bigint;
  /** Whether the organization exists and, where one is named, its project. */
  has(projectId: string | null): boolean;
  /** The project's and the organization-wide webhooks that take this type. */
  to(projectId: string | null, eventType: string): readonly DeliverableWebhook[];
}

interface WebhookRow {
  id: string;
  organization_id: string;
  project_id: string | null;
  profile: ProfileName;
  url: string;
  url_sealed: Buffer | null;
  /** Separated by spaces, which no name has: a list of PostgreSQL's takes ten times as long to read. */
  event_types: string;
  active: boolean;
  deleted: boolean;
  paused: boolean;
  resuming: boolean;
  listener: boolean;
  own_schedule: boolean;
  retry_schedule_ms: number[];
  timeout_ms: number | null;
  send_traceparent: boolean;
  headers_sealed: Buffer | null;
  updated_at: Date | null;
  health: WebhookHealth;
  secrets: { id: string; sealed: string; until: number | null }[] | null;
  templates: NumberedTemplate[] | null;
}

const webhookColumns = `
  w.id, w.organization_id, w.project_id, w.profile, w.url, w.url_sealed, array_to_string(w.event_types, ' ') AS event_types, w.active,
  w.deleted_at IS NOT NULL AS deleted, w.paused_at IS NOT NULL AS paused, w.resuming_at IS NOT NULL AS resuming,
  w.listener_expires_at IS NOT NULL AS listener, w.own_schedule, w.retry_schedule_ms, w.timeout_ms, w.send_traceparent,
  w.headers_sealed, w.updated_at,
  coalesce(s.health, 'HEALTHY') AS health,
  (SELECT json_agg(json_build_object('id', k.id, 'sealed', encode(k.sealed, 'base64'), 'until',
                    CASE WHEN k.state = 'RETIRING' THEN (extract(epoch FROM k.retires_at) * 1000)::bigint END) ORDER BY k.id DESC)
     FROM webhook_secret k
    WHERE k.webhook_id = w.id AND (k.state = 'ACTIVE' OR k.retires_at > now())) AS secrets,
  ${knownTemplates} AS templates`;

/** Why a webhook gets no events, for its cancelled deliveries. Its `healthReason` says what disabled it. */
export const stoppedTexts = {
  WEBHOOK_DELETED: 'The webhook was deleted.',
  WEBHOOK_INACTIVE: 'The webhook is inactive.',
  WEBHOOK_DISABLED: 'The webhook is disabled.',
} as const;

/** The same, where the webhook no longer takes the delivery's type. */
export const typeNotTaken = 'The webhook takes no events of this type any more.';

function stoppedBy(row: WebhookRow): keyof typeof stoppedTexts | null {
  if (row.deleted) return 'WEBHOOK_DELETED';
  if (!row.active) return 'WEBHOOK_INACTIVE';
  return row.health === 'DISABLED' ? 'WEBHOOK_DISABLED' : null;
}

function takerOf({ event_types, listener }: WebhookRow): (eventType: string) => boolean {
  if (event_types === '') return (eventType) => !isPlatformType(eventType);
  const types = event_types.split(' ');
  if (listener) return matching(types);
  const named = new Set(types);
  return (eventType) => named.has(eventType);
}

function open(row: WebhookRow, keys: KeyRing, readAt: number): Omit<DeliverableWebhook, 'template'> {
  const profile = profileOf(row.profile);
  const cause = stoppedBy(row);
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    profile,
    url: row.url_sealed ? keys.open(row.url_sealed, `webhook_url:${row.id}`) : row.url,
    // A stored header whose name the profile has claimed since is not sent.
    headers: openHeaders(keys, row.id, row.headers_sealed).filter(
      ([name]) => !profile.ownedHeaders.includes(name.toLowerCase()),
    ),
    secrets: (row.secrets ?? []).map(({ id, sealed, until }) => ({
      value: keys.open(Buffer.from(sealed, 'base64'), `webhook_secret:${id}`),
      until,
    })),
    takes: takerOf(row),
    scheduleMs: row.own_schedule ? row.retry_schedule_ms : profile.scheduleMs,
    timeoutMs: row.timeout_ms ?? profile.timeoutMs,
    sendTraceparent: row.send_traceparent,
    health: row.health,
    disabledAt: (profile.health.kind === 'CONSECUTIVE_FAILURES' && profile.health.disabledAt) || null,
    deleted: row.deleted,
    paused: row.paused,
    resuming: row.resuming,
    listener: row.listener,
    readAt,
    updatedAt: row.updated_at,
    stopped: cause && stoppedTexts[cause],
    stoppedBy: cause,
  };
}

/** The visible parts that all its requests have in common. */
const templateOf = ({ profile, url, headers }: Omit<DeliverableWebhook, 'template'>): RequestTemplate => ({
  revision: profile.revision,
  url: profile.url.credential ? redactedUrl(url) : requestUrl(url),
  headerNames: headers.map(([name]) => name),
  userAgent,
});

/** Each may name hundreds of types, and has secrets to decrypt. */
const openedAtOnce = 50;

async function openAll(
  store: Pick<Pool, 'query'>,
  rows: readonly WebhookRow[],
  keys: KeyRing,
  readAt: number,
): Promise<DeliverableWebhook[]> {
  const webhooks: Omit<DeliverableWebhook, 'template'>[] = [];
  for (const row of rows) {
    webhooks.push(open(row, keys, readAt));
    // Others get the thread in between.
    if (webhooks.length % openedAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const sendable = webhooks.filter(({ deleted }) => !deleted);
  const known = new Map(rows.map((row) => [row.id, row.templates]));
  const numbers = await numberTemplates(
    store,
    sendable.map((webhook) => ({
      webhookId: webhook.id,
      template: templateOf(webhook),
      known: known.get(webhook.id) ?? null,
    })),
  );
  const byId = new Map(sendable.map(({ id }, index) => [id, numbers[index] ?? null]));
  return webhooks.map((webhook) => ({ ...webhook, template: byId.get(webhook.id) ?? null }));
}

/** Reads one webhook; null if there is none. */
export async function loadWebhook(
  pool: Pick<Pool, 'query'>,
  keys: KeyRing,
  webhookId: string,
): Promise<DeliverableWebhook | null> {
  const readAt = performance.now();
  const { rows } = await pool.query<WebhookRow>({
    name: 'webhook_one',
    text: `SELECT ${webhookColumns} FROM webhook w LEFT JOIN webhook_state s ON s.webhook_id = w.id WHERE w.id = $1`,
    values: [webhookId],
  });
  return (await openAll(pool, rows, keys, readAt))[0] ?? null;
}

async function loadRoutes(pool: Pool, keys: KeyRing, organizationId: string): Promise<Routes> {
  const readAt = performance.now();
  // One statement, so that the version and the webhooks belong to the same snapshot.
  const { rows } = await pool.query<WebhookRow & { routing_version: string; types_version: string }>({
    name: 'routes',
    text: `SELECT o.routing_version, o.types_version, ${webhookColumns}
             FROM organization o
             LEFT JOIN webhook w ON w.organization_id = o.id AND w.active AND w.deleted_at IS NULL
             LEFT JOIN webhook_state s ON s.webhook_id = w.id
            WHERE o.id = $1 AND o.deleted_at IS NULL`,
    values: [organizationId],
  });
  // Read later, so a project that is deleted meanwhile is missing: at worst these routes are out of date before they are used.
  const { rows: projects } = await pool.query<{ id: string }>({
    name: 'routes_projects',
    text: 'SELECT id FROM project WHERE organization_id = $1 AND deleted_at IS NULL',
    values: [organizationId],
  });
  const projectIds = new Set(projects.map(({ id }) => id));
  const standing = rows.filter((row) => row.id !== null && stoppedBy(row) === null);
  const webhooks = await openAll(pool, standing, keys, readAt);
  const version = BigInt(rows[0]?.routing_version ?? -1);
  const typesVersion = BigInt(rows[0]?.types_version ?? 0);
  return {
    organizationId,
    version,
    typesVersion,
    has: (projectId) => rows.length > 0 && (projectId === null || projectIds.has(projectId)),
    to: takersOf(webhooks),
  };
}

const maxOrganizations = 1_000;

/**
 * Routes by organization, cached in memory. They may be out of date: callers check the version in the statement that uses them,
 * and call {@link RouteCache.forget} if it is old.
 */
export class RouteCache {
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  readonly #routes = new Map<string, Promise<Routes>>();
  /** Routes whose read has finished. */
  readonly #read = new Map<string, Routes>();

  constructor(pool: Pool, keys: KeyRing) {
    this.#pool = pool;
    this.#keys = keys;
  }

  of(organizationId: string): Promise<Routes> {
    const known = this.#routes.get(organizationId);
    if (known) return known;
    const loading = loadRoutes(this.#pool, this.#keys, organizationId);
    this.#routes.set(organizationId, loading);
    loading.then(
      (routes) => this.#routes.get(organizationId) === loading && this.#read.set(organizationId, routes),
      () => this.#routes.get(organizationId) === loading && this.#routes.delete(organizationId),
    );
    if (this.#routes.size > maxOrganizations) {
      const oldest = this.#routes.keys().next().value;
      if (oldest !== undefined) this.forget(oldest);
    }
    return loading;
  }

  /** The cached routes of an organization. */
  known(organizationId: string): Routes | undefined {
    return this.#read.get(organizationId);
  }

  forget(organizationId: string): void {
    this.#routes.delete(organizationId);
    this.#read.delete(organizationId);
  }
}
