import { randomBytes } from 'node:crypto';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import { lockProject } from '../store/lockProject.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { digestOf } from './digest.ts';
import { liveLinks } from './live.ts';
import { requireIn, requireWithin, type Scope } from './permissions.ts';
import type { Permission, Principal } from './principal.ts';
import { visible } from './visible.ts';

const lifetimesMs = { min: 60_000, default: 3_600_000, max: 86_400_000 };
/** Live links of one organization. */
const maxLinks = 10_000;

/** The permissions that a portal link may have: none that gives access to others, or reads what others did. */
const portalPermissions: readonly Permission[] = [
  'WEBHOOK_READ',
  'WEBHOOK_MANAGE',
  'DELIVERY_REPLAY',
  'INBOUND_MANAGE',
  'SECRET_REVEAL',
];

export interface PortalLinkInput {
  readonly name: string | null;
  readonly permissions: readonly Permission[];
  /** Milliseconds; null means one hour. */
  readonly lifetimeMs: number | null;
}

export interface PortalLinks {
  /** @returns the link's id, and its token, which is shown this one time */
  create(
    principal: Principal,
    scope: Scope & { readonly projectId: string },
    input: PortalLinkInput,
  ): Promise<{ id: string; token: string }>;
  /** Does nothing for a revoked link. @throws ApiError FORBIDDEN for a link with more permissions than the principal */
  revoke(principal: Principal, id: string): Promise<void>;
}

/** A link that a key makes ends with that key at the latest: here with its end, in `readPortalLink` when it is revoked. */
async function endOf(transaction: Prisma.TransactionClient, principal: Principal, wanted: Date): Promise<Date> {
  if (principal.kind !== 'API_KEY') return wanted;
  const key = await transaction.apiKey.findUnique({ where: { id: principal.id }, select: { expiresAt: true } });
  return key?.expiresAt && key.expiresAt < wanted ? key.expiresAt : wanted;
}

/** @param forget - called with a revoked token's digest, so that this process stops accepting it at once */
export function createPortalLinks(prisma: PrismaClient, forget: (digest: Uint8Array) => void): PortalLinks {
  return {
    async create(principal, scope, input) {
      requireIn(principal, 'KEY_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      const permissions = [...new Set(input.permissions)];
      const forbidden = permissions.filter((each) => !portalPermissions.includes(each));
      if (permissions.length === 0 || forbidden.length > 0) {
        const message = `A portal link can only have permissions among ${portalPermissions.join(', ')}, and at least one of them.`;
        throw invalid('input.permissions', message);
      }
      requireWithin(principal, { role: null, permissions }, scope, 'input.permissions');
      const lifetimeMs = input.lifetimeMs ?? lifetimesMs.default;
      if (lifetimeMs < lifetimesMs.min || lifetimeMs > lifetimesMs.max) {
        throw invalid('input.expiresIn', 'A portal link is valid for one minute (PT1M) to one day (P1D).');
      }
      const name = input.name === null ? 'Portal' : checkName(input.name, 'input.name');
      const id = newId();
      const token = `ehp_${randomBytes(32).toString('base64url')}`;
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.projectId');
        await lockProject(transaction, projectId, 'input.projectId');
        const expiresAt = await endOf(transaction, principal, new Date(Date.now() + lifetimeMs));
        const live = { organizationId, ...liveLinks(new Date()) };
        if ((await transaction.portalLink.count({ where: live })) >= maxLinks) {
          throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxLinks} live portal links.`);
        }
        await transaction.portalLink.create({
          data: {
            id,
            organizationId,
            projectId,
            name,
            digest: digestOf(token),
            permissions,
            apiKeyId: principal.kind === 'API_KEY' ? principal.id : null,
            expiresAt,
          },
          select: { id: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'portal_link.created',
          target: { type: 'portal_link', id },
          after: { name, permissions, expiresAt },
        });
      });
      return { id, token };
    },

    async revoke(principal, id) {
      const link = await prisma.portalLink.findFirst({
        where: { AND: [visible(principal), { id }] },
        select: { organizationId: true, projectId: true, permissions: true, digest: true, name: true },
      });
      if (!link) throw notFound('portal link', 'input.id');
      const { organizationId, projectId } = link;
      requireIn(principal, 'KEY_MANAGE', { organizationId, projectId });
      requireWithin(
        principal,
        { role: null, permissions: link.permissions },
        { organizationId, projectId },
        'input.id',
      );
      await inTransaction(prisma, organizationId, async (transaction) => {
        const where = { id, revokedAt: null };
        const { count } = await transaction.portalLink.updateMany({ where, data: { revokedAt: new Date() } });
        if (count === 0) return;
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'portal_link.revoked',
          target: { type: 'portal_link', id },
          before: { name: link.name },
        });
      });
      forget(link.digest);
    },
  };
}
