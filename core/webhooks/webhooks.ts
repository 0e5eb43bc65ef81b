import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { once, otherAction } from '../actions/actionKey.ts';
import type { AuditAction } from '../audit/actions.ts';
import { audit } from '../audit/audit.ts';
import { changedFields } from '../audit/fields.ts';
import {
  type HeaderInput,
  type OwnHeader,
  openHeaders,
  openHeadersOrNull,
  requireHeaders,
  sealHeaders,
  shownHeaders,
} from '../deliveries/ownHeaders.ts';
import type { EventTypes } from '../events/eventTypes.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { checkExternalId } from '../ground/externalId.ts';
import { checkDescription, checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileDefinition, ProfileName } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { sameSecret } from '../secrets/sameSecret.ts';
import { redactedUrl, type UrlExemptions } from '../sender/url.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import { lockProject } from '../store/lockProject.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { addSecret } from './addSecret.ts';
import { auditedColumns, auditedWebhook, type WebhookRow } from './auditedWebhook.ts';
import { webhookFor } from './managed.ts';
import { profileFor } from './profileFor.ts';
import { removeWebhook } from './remove.ts';
import { profileOfHost, requireEventTypes, requireSchedule, requireTimeout, requireUrl, secretFor } from './rules.ts';

/** Webhooks of one organization, including those of its projects. */
const maxWebhooks = 1_000;
/** How often an upsert begins again because somebody else creates or deletes the webhook at the same time. */
const maxRounds = 5;

/** The configuration of a new webhook. Durations are milliseconds. */
export interface WebhookInput {
  readonly externalId?: string | null | undefined;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly url: string;
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly profile?: ProfileName | null | undefined;
  readonly secret?: string | null | undefined;
  readonly retrySchedule?: readonly number[] | null | undefined;
  readonly timeout?: number | null | undefined;
  /** Whether its requests carry `traceparent`, where the installation traces. @default true */
  readonly sendTraceparent?: boolean | null | undefined;
  readonly headers?: readonly HeaderInput[] | null | undefined;
  /** Whether it is switched on. Absent or null: a new one is, and one that exists stays as it is. */
  readonly active?: boolean | null | undefined;
}

/** Changes of a webhook: undefined keeps a value; null removes it, or restores the profile's default. */
export interface WebhookChanges {
  readonly externalId?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly url?: string | null | undefined;
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly retrySchedule?: readonly number[] | null | undefined;
  readonly timeout?: number | null | undefined;
  readonly sendTraceparent?: boolean | null | undefined;
  /** The complete new list; a header without a value keeps its present value. */
  readonly headers?: readonly HeaderInput[] | null | undefined;
  /** Whether it is switched on, from the same moment on. Null keeps it. */
  readonly active?: boolean | null | undefined;
}

export interface CreatedWebhook {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** As it is shown. */
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly createdAt: Date;
  /** Shown this one time; null if the profile has no secrets. */
  readonly secret: string | null;
  /** Whether to send it the test event at once. */
  readonly pingOnCreate: boolean;
}

export interface UpsertedWebhook extends Pick<CreatedWebhook, 'id' | 'secret' | 'pingOnCreate'> {
  readonly created: boolean;
}

export interface Webhooks {
  /**
   * @param key - an idempotency key, for an input without headers: the same call again gets the first webhook, with its secret
   *   as long as that is stored
   */
  create(principal: Principal, scope: Scope, input: WebhookInput, key?: string | null): Promise<CreatedWebhook>;
  /**
   * Creates a webhook, or changes the one with this external id in exactly this scope, whose profile and secret stay. What is left
   * out of a change stays; a change of nothing writes nothing.
   */
  upsert(principal: Principal, scope: Scope, input: WebhookInput & { externalId: string }): Promise<UpsertedWebhook>;
  update(principal: Principal, id: string, changes: WebhookChanges): Promise<void>;
  setActive(principal: Principal, id: string, active: boolean): Promise<void>;
  /** See `removeWebhook`. */
  remove(principal: Principal, id: string): Promise<void>;
  /** The scope of a readable webhook, also of a deleted one. @throws ApiError NOT_FOUND */
  scopeOf(principal: Principal, id: string): Promise<Scope>;
  /** @throws ApiError NOT_FOUND or FORBIDDEN unless the principal may manage this webhook */
  requireManaged(principal: Principal, id: string, field?: string): Promise<void>;
  /** A webhook's custom headers, as far as they may be shown. @throws SealError */
  shownHeaders(id: string, sealed: Uint8Array | null): OwnHeader[];
  /** The same; null where they cannot be decrypted. */
  shownHeadersOrNull(id: string, sealed: Uint8Array | null): OwnHeader[] | null;
}

/** A creation, as its idempotency key keeps it. */
interface StoredCreation extends Omit<CreatedWebhook, 'secret' | 'pingOnCreate' | 'createdAt'> {
  readonly secretId: string | null;
  readonly createdAt: string;
}

/** Columns of a webhook that change. */
type WebhookData = Partial<WebhookRow> & { readonly deactivatedAt?: Date };

interface Stored {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly profile: ProfileName;
}

/**
 * @param urlExemptions - from which URL rules the operator exempts this installation
 * @param onRemoved - called after the commit with each deleted webhook and the ids of its cancelled deliveries
 */
export function createWebhooks(
  prisma: PrismaClient,
  eventTypes: Pick<EventTypes, 'requireChoosable'>,
  keys: KeyRing,
  urlExemptions: UrlExemptions,
  onRemoved: (webhook: { id: string; organizationId: string }, cancelled: readonly string[]) => void,
): Webhooks {
  const managed = (principal: Principal, id: string, field = 'input.id', listeners = false): Promise<Stored> =>
    webhookFor(prisma, principal, 'WEBHOOK_MANAGE', id, field, { listeners });

  /** Changes a webhook that is not deleted; then every process reads its routes again. */
  const change = (
    principal: Principal,
    { id, organizationId, projectId }: Stored,
    action: AuditAction,
    /** The new values, or a function that derives them from the present row. */
    changes: WebhookData | ((before: WebhookRow) => WebhookData),
    field = 'input.id',
    /** The types as they were given. */
    named: readonly string[] = [],
    /** Whether a change of nothing is written too. */
    always = true,
  ) =>
    inTransaction(prisma, organizationId, async (transaction) => {
      // First: no other call changes the webhook meanwhile.
      await lockOrganization(transaction, organizationId);
      const before = await transaction.webhook.findFirst({ where: { id, deletedAt: null }, select: auditedColumns });
      if (!before) throw notFound('webhook', field);
      const data = typeof changes === 'function' ? changes(before) : changes;
      if (!always && isUnchanged(before, data)) return;
      await raiseRoutingVersion(transaction, organizationId);
      if (data.externalId != null) await requireFree(transaction, { organizationId, projectId }, data.externalId, id);
      await eventTypes.requireChoosable(transaction, { organizationId, projectId }, named, before.eventTypes);
      await transaction.webhook.update({
        where: { id },
        data: { ...data, updatedAt: new Date() },
        select: { id: true },
      });
      const after = auditedWebhook({ ...before, ...data }, keys);
      const changed = changedFields(auditedWebhook(before, keys), after);
      // For sealed columns, the audit log only says that they were replaced.
      const replaced = (['urlSealed', 'headersSealed'] as const).filter((column) => data[column] != null);
      const target = { type: 'webhook', id } as const;
      const entry = { organizationId, projectId, action, target, before: changed.before };
      await audit(transaction, principal, {
        ...entry,
        after: { ...changed.after, ...(replaced.length > 0 ? { replaced } : {}) },
      });
    });

  /** Whether a change leaves a webhook as it is. What is sealed is compared by its content, if that can be decrypted. */
  const isUnchanged = (before: WebhookRow, data: WebhookData): boolean => {
    const opened = ({ urlSealed, headersSealed, ...row }: WebhookRow) => ({
      ...row,
      sealedUrl: urlSealed && keys.openOrNull(Buffer.from(urlSealed), `webhook_url:${row.id}`),
      headers: openHeadersOrNull(keys, row.id, headersSealed),
    });
    return JSON.stringify(opened(before)) === JSON.stringify(opened({ ...before, ...data }));
  };

  async function chooseProfile(scope: Scope, input: WebhookInput): Promise<ProfileDefinition> {
    const byHost = profileOfHost(input.url);
    if (byHost && input.profile != null && input.profile !== byHost.name) {
      throw invalid(
        'input.profile',
        `A URL on this host is for webhooks of the profile ${byHost.name} only: use that profile or another URL.`,
      );
    }
    return byHost ?? profileFor(prisma, scope, input.profile);
  }

  /** The columns of a URL. A URL that is itself a credential is sealed, beside a redacted text. */
  function urlColumns(id: string, written: string, profile: ProfileDefinition) {
    const url = requireUrl(written, profile, urlExemptions);
    return profile.url.credential
      ? { url: redactedUrl(url), urlSealed: bytes(keys.seal(url, `webhook_url:${id}`)) }
      : { url, urlSealed: null };
  }

  function headerColumn(
    id: string,
    headers: readonly HeaderInput[] | null,
    before: Uint8Array | null,
    profile: ProfileDefinition,
  ) {
    const stored = () => openHeaders(keys, id, before);
    const sealed = sealHeaders(keys, id, requireHeaders(headers ?? [], stored, profile));
    return { headersSealed: sealed && bytes(sealed) };
  }

  /** The secret of a webhook that the same call made before. */
  async function firstSecret(secretId: string | null, given: string | null): Promise<string | null> {
    if (secretId === null) return null;
    const row = await prisma.webhookSecret.findUnique({ where: { id: secretId }, select: { sealed: true } });
    if (!row) {
      throw new ApiError(
        'CONFLICT',
        'This call made its webhook before, and the secret of then is gone: list the webhooks to find it.',
        'input.idempotencyKey',
      );
    }
    const secret = keys.open(Buffer.from(row.sealed), `webhook_secret:${secretId}`);
    if (given !== null && !sameSecret(given, secret)) throw otherAction();
    return secret;
  }

  async function create(
    principal: Principal,
    scope: Scope,
    input: WebhookInput,
    key: string | null = null,
  ): Promise<CreatedWebhook> {
    requireIn(principal, 'WEBHOOK_MANAGE', scope);
    const { organizationId, projectId } = scope;
    const id = newId();
    const profile = await chooseProfile(scope, input);
    const secret = secretFor(profile, input.secret ?? null);
    const data = {
      id,
      organizationId,
      projectId,
      externalId: input.externalId == null ? null : checkExternalId(input.externalId, 'input.externalId'),
      name: checkName(input.name, 'input.name'),
      description: checkDescription(input.description, 'input.description'),
      profile: profile.name,
      ...urlColumns(id, input.url, profile),
      eventTypes: requireEventTypes(input.eventTypes ?? []),
      ...scheduleColumns(input.retrySchedule),
      timeoutMs: input.timeout == null ? null : requireTimeout(input.timeout),
      sendTraceparent: input.sendTraceparent ?? true,
      ...headerColumn(id, input.headers ?? null, null, profile),
      ...activeColumns(true, input.active ?? true),
    };
    // Without the secret, which a digest of a weak one would betray; it is compared below.
    const request = ['webhook', projectId ?? '', JSON.stringify({ ...input, secret: input.secret == null })];
    const store = async (transaction: Prisma.TransactionClient): Promise<StoredCreation> => {
      // First, because it locks the organization: the count below stays true.
      await raiseRoutingVersion(transaction, organizationId);
      if (projectId !== null) await lockProject(transaction, projectId, 'input.projectId');
      if (data.externalId !== null) await requireFree(transaction, scope, data.externalId, id);
      await eventTypes.requireChoosable(transaction, scope, input.eventTypes ?? [], []);
      if (
        (await transaction.webhook.count({ where: { organizationId, deletedAt: null, listenerExpiresAt: null } })) >=
        maxWebhooks
      ) {
        throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxWebhooks} webhooks: delete one first.`);
      }
      const { createdAt } = await transaction.webhook.create({ data, select: { createdAt: true } });
      await transaction.webhookState.create({ data: { webhookId: id, organizationId }, select: { webhookId: true } });
      const secretId = secret === null ? null : await addSecret(transaction, keys, id, secret);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: 'webhook.created',
        target: { type: 'webhook', id },
        after: auditedWebhook({ ...data, deletedAt: null }, keys),
      });
      const { name, description, url } = data;
      const made = { id, name, description, url, eventTypes: data.eventTypes, secretId };
      return { ...made, createdAt: createdAt.toISOString() };
    };
    const made = await inTransaction(prisma, organizationId, (transaction) =>
      once(transaction, principal, { organizationId, key, request }, () => store(transaction)),
    );
    const isRepeated = made.id !== id;
    const { secretId, createdAt, ...shown } = made;
    return {
      ...shown,
      createdAt: new Date(createdAt),
      secret: isRepeated ? await firstSecret(secretId, input.secret ?? null) : secret,
      pingOnCreate: profile.pingOnCreate && data.active && !isRepeated,
    };
  }

  async function write(principal: Principal, webhook: Stored, changes: WebhookChanges, always: boolean): Promise<void> {
    const profile = profileOf(webhook.profile);
    const data: WebhookData = {};
    if (changes.name === null) throw invalid('input.name', 'A webhook needs a name: leave this out to keep it.');
    if (changes.name !== undefined) data.name = checkName(changes.name, 'input.name');
    if (changes.description !== undefined) {
      data.description = checkDescription(changes.description, 'input.description');
    }
    if (changes.url === null) throw invalid('input.url', 'A webhook needs a URL: leave this out to keep it.');
    if (changes.url !== undefined) {
      const byHost = profileOfHost(changes.url);
      if (byHost && byHost.name !== profile.name) {
        throw invalid('input.url', `A URL on this host needs the profile ${byHost.name}: create a new webhook for it.`);
      }
      Object.assign(data, urlColumns(webhook.id, changes.url, profile));
    }
    if (changes.eventTypes !== undefined) data.eventTypes = requireEventTypes(changes.eventTypes ?? []);
    if (changes.retrySchedule !== undefined) Object.assign(data, scheduleColumns(changes.retrySchedule));
    if (changes.timeout !== undefined) {
      data.timeoutMs = changes.timeout === null ? null : requireTimeout(changes.timeout);
    }
    if (changes.sendTraceparent !== undefined) data.sendTraceparent = changes.sendTraceparent ?? true;
    if (changes.externalId !== undefined) {
      data.externalId = changes.externalId === null ? null : checkExternalId(changes.externalId, 'input.externalId');
    }
    const { headers, active } = changes;
    const changed = (before: WebhookRow): WebhookData => ({
      ...data,
      ...(headers !== undefined && headerColumn(webhook.id, headers, before.headersSealed, profile)),
      ...(active != null && activeColumns(before.active, active)),
    });
    await change(principal, webhook, 'webhook.updated', changed, 'input.id', changes.eventTypes ?? [], always);
  }

  return {
    create,

    async update(principal, id, changes) {
      await write(principal, await managed(principal, id, 'input.id'), changes, true);
    },

    async upsert(principal, scope, input) {
      requireIn(principal, 'WEBHOOK_MANAGE', scope);
      const { organizationId, projectId } = scope;
      const externalId = checkExternalId(input.externalId, 'input.externalId');
      for (let round = 1; ; round++) {
        const found = await prisma.webhook.findFirst({
          where: { organizationId, projectId, externalId, deletedAt: null },
          select: { id: true, organizationId: true, projectId: true, profile: true },
        });
        try {
          if (!found) return { ...(await create(principal, scope, input)), created: true };
          if (input.profile != null && input.profile !== found.profile) {
            throw invalid(
              'input.profile',
              `The webhook with this external id has the profile ${found.profile}, which never changes: delete it first, or use another external id.`,
            );
          }
          await write(principal, found, input, false);
          return { id: found.id, created: false, secret: null, pingOnCreate: false };
        } catch (error) {
          // Somebody else created or deleted it meanwhile.
          const raced = error instanceof ApiError && error.code === (found ? 'NOT_FOUND' : 'CONFLICT');
          if (!raced || round === maxRounds) throw error;
        }
      }
    },

    async setActive(principal, id, active) {
      const action = active ? 'webhook.activated' : 'webhook.deactivated';
      const changed = (before: WebhookRow): WebhookData => activeColumns(before.active, active);
      await change(principal, await managed(principal, id), action, changed);
    },

    async remove(principal, id) {
      const webhook = await managed(principal, id, 'input.id', true);
      const cancelled = await inTransaction(prisma, webhook.organizationId, (transaction) =>
        removeWebhook(transaction, principal, webhook, keys),
      );
      onRemoved(webhook, cancelled);
    },

    async scopeOf(principal, id) {
      const webhook = await prisma.webhook.findFirst({
        where: { AND: [visible(principal, 'WEBHOOK_READ'), { id }] },
        select: { organizationId: true, projectId: true },
      });
      if (!webhook) throw notFound('webhook', 'webhookId');
      return webhook;
    },

    async requireManaged(principal, id, field) {
      await managed(principal, id, field, true);
    },

    shownHeaders(id, sealed) {
      return shownHeaders(openHeaders(keys, id, sealed));
    },

    shownHeadersOrNull(id, sealed) {
      const headers = openHeadersOrNull(keys, id, sealed);
      return headers && shownHeaders(headers);
    },
  };
}

/** @throws ApiError CONFLICT if another webhook of this scope has the external id */
async function requireFree(
  transaction: Prisma.TransactionClient,
  { organizationId, projectId }: Scope,
  externalId: string,
  id: string,
): Promise<void> {
  const other = await transaction.webhook.findFirst({
    where: { organizationId, projectId, externalId, deletedAt: null, id: { not: id } },
    select: { id: true },
  });
  if (other) throw new ApiError('CONFLICT', `The webhook ${other.id} has this external id.`, 'input.externalId');
}

/** Switching off what is off keeps the time since when it is. A new webhook that is off was on before. */
const activeColumns = (before: boolean, active: boolean) =>
  active || !before ? { active } : { active, deactivatedAt: new Date() };

const scheduleColumns = (delays: readonly number[] | null | undefined) =>
  delays == null
    ? { ownSchedule: false, retryScheduleMs: [] }
    : { ownSchedule: true, retryScheduleMs: requireSchedule(delays) };

/** Prisma needs a plain `Uint8Array` with a buffer of its own. */
const bytes = (sealed: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(sealed);
