import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { lockProject } from '../store/lockProject.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { addSecret } from '../webhooks/addSecret.ts';
import { profileFor } from '../webhooks/profileFor.ts';
import { secretFor } from '../webhooks/rules.ts';
import { requirePatterns, shownTarget } from './input.ts';
import { graceMs, maxListeners, maxPatternsTogether, timeoutMs } from './limits.ts';

export interface ListenerInput {
  readonly name: string;
  /** Names of types, with `*` for any characters; none: all of the tenant's. */
  readonly eventTypes?: readonly string[] | null | undefined;
  /** Absent: the project's, or STANDARD for a whole organization. */
  readonly profile?: ProfileName | null | undefined;
  readonly secret?: string | null | undefined;
  /** Where the client sends what it takes, for people to read. */
  readonly target?: string | null | undefined;
}

export interface CreatedListener {
  readonly id: string;
  /** Signs its requests. Null if the profile has no secrets. */
  readonly secret: string | null;
}

/**
 * Makes a listener: a webhook whose requests a client of the API takes, while it subscribes to them and a minute more. It counts
 * nowhere, as a test does.
 *
 * @throws ApiError FORBIDDEN, NOT_FOUND, VALIDATION_FAILED, or LIMIT_EXCEEDED where an organization has 100, or its listeners 500
 * patterns together
 */
export type CreateListener = (principal: Principal, scope: Scope, input: ListenerInput) => Promise<CreatedListener>;

export function createListeners({ prisma, keys }: { prisma: PrismaClient; keys: KeyRing }): CreateListener {
  return async (principal, scope, input) => {
    requireIn(principal, 'WEBHOOK_MANAGE', scope);
    const { organizationId, projectId } = scope;
    const profile = await profileFor(prisma, scope, input.profile);
    if (profile.url.credential) {
      throw invalid('input.profile', `${profile.name} goes to one host alone: listen with another profile.`);
    }
    const secret = secretFor(profile, input.secret ?? null);
    const now = Date.now();
    const data = {
      id: newId(),
      organizationId,
      projectId,
      name: checkName(input.name, 'input.name'),
      profile: profile.name,
      url: shownTarget(input.target ?? 'http://localhost/', 'input.target'),
      eventTypes: requirePatterns(input.eventTypes ?? [], 'input.eventTypes'),
      // The developer’s own server answers once. Whoever wants another try replays the delivery.
      ownSchedule: true,
      retryScheduleMs: [],
      timeoutMs,
      // Its deliveries are held for its client.
      pausedAt: new Date(now),
      listenerExpiresAt: new Date(now + graceMs),
    };
    const { id, name, url, eventTypes } = data;
    await inTransaction(prisma, organizationId, async (transaction) => {
      // First, because it locks the organization: what is counted below stays true.
      await raiseRoutingVersion(transaction, organizationId);
      if (projectId !== null) await lockProject(transaction, projectId, 'input.projectId');
      const where = { organizationId, deletedAt: null, listenerExpiresAt: { not: null } };
      const others = await transaction.webhook.findMany({ where, select: { eventTypes: true } });
      if (others.length >= maxListeners) {
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `An organization has at most ${maxListeners} listeners at a time: end one, or wait a minute after its client has stopped.`,
        );
      }
      if (others.reduce((sum, other) => sum + other.eventTypes.length, eventTypes.length) > maxPatternsTogether) {
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `The listeners of an organization have at most ${maxPatternsTogether} patterns together: use * for several types, or end a listener.`,
          'input.eventTypes',
        );
      }
      await transaction.webhook.create({ data, select: { id: true } });
      await transaction.webhookState.create({ data: { webhookId: id, organizationId }, select: { webhookId: true } });
      if (secret !== null) await addSecret(transaction, keys, id, secret);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: 'webhook.created',
        target: { type: 'webhook', id },
        after: { name, profile: profile.name, url, eventTypes, listener: true },
      });
    });
    return { id, secret };
  };
}
