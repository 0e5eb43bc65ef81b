import { may, requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { notFound } from '../ground/errors.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import type { SessionLimits } from './limits.ts';
import type { Sessions } from './sessions.ts';

/** Sessions of an organization that are shown and ended at once. */
const maxOfOrganization = 1_000;
/** Organizations whose audit logs get an entry for a session that ends. */
const maxOrganizations = 200;

/** Who sees sessions, and who ends them. */
export interface SessionControl {
  /** The sessions that go on now, and that the principal may see in this way. */
  live(principal: Principal, which: WhichSessions): Promise<Prisma.SessionWhereInput>;
  /** Those of them that a principal may see at all: its own, and those of organizations whose members it manages. */
  visible(principal: Principal, ids: readonly string[]): Promise<string[]>;
  /** @throws ApiError NOT_FOUND for one that the principal may not see */
  end(principal: Principal, id: string): Promise<void>;
  /** @returns how many were ended: never the one by which the principal came */
  endAll(principal: Principal, which: WhichSessions): Promise<number>;
}

/** The principal's own, those of an organization, or everybody's. */
export type WhichSessions =
  | { readonly own: true }
  | { readonly organizationId: string; readonly userId?: string | null }
  | { readonly everybody: true };

interface Whose {
  readonly id: string;
  readonly userId: string | null;
  readonly apiKey: { readonly id: string; readonly organizationId: string | null } | null;
}

export function createSessionControl(
  prisma: PrismaClient,
  sessions: Pick<Sessions, 'forget'>,
  limits: SessionLimits,
): SessionControl {
  const goingOn = (): Prisma.SessionWhereInput => ({
    endedAt: null,
    expiresAt: { gt: new Date() },
    lastUsedAt: { gt: new Date(Date.now() - limits.idleMs) },
    OR: [{ apiKeyId: null }, { apiKey: { revokedAt: null } }],
  });

  const manages = (principal: Principal, organizationId: string): boolean =>
    may(principal, 'MEMBER_MANAGE', { organizationId, projectId: null });

  /**
   * Members are known by their users' ids, which are no keys of another table: so this is asked first. Whoever manages members can add
   * any id, so that alone shows nobody's sessions: see {@link reachOf}.
   */
  async function idsIn(principal: Principal, organizationId: string, userId: string | null): Promise<string[]> {
    const managed =
      principal.kind === 'OPERATOR'
        ? null
        : principal.grants.flatMap((grant) => (manages(principal, grant.organizationId) ? grant.organizationId : []));
    const rows = await prisma.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id FROM session s
        WHERE ended_at IS NULL AND ($2::text IS NULL OR s.user_id = $2)
          AND (s.user_id IN (SELECT m.user_id FROM member m
              WHERE m.organization_id = $1::uuid AND ($3::uuid[] IS NULL OR m.issuer IS NOT NULL OR NOT EXISTS
                (SELECT FROM member other JOIN organization o ON o.id = other.organization_id
                  WHERE other.user_id = m.user_id AND o.deleted_at IS NULL AND other.organization_id <> ALL ($3::uuid[]))))
            OR s.api_key_id IN (SELECT id FROM api_key WHERE organization_id = $1::uuid))
        ORDER BY id DESC LIMIT ${maxOfOrganization}`,
      organizationId,
      userId,
      managed,
    );
    return rows.map(({ id }) => id);
  }

  /** @returns also whether an issuer's rule made somebody a member there */
  async function organizationsOf({ userId, apiKey }: Whose): Promise<{ id: string; byIssuer: boolean }[]> {
    if (userId === null) return apiKey?.organizationId ? [{ id: apiKey.organizationId, byIssuer: false }] : [];
    const where = { userId, organization: { deletedAt: null } };
    const members = await prisma.member.findMany({
      where,
      select: { organizationId: true, issuer: true },
      orderBy: { id: 'asc' },
      take: maxOrganizations,
    });
    return members.map(({ organizationId, issuer }) => ({ id: organizationId, byIssuer: issuer !== null }));
  }

  const isOwn = (principal: Principal, { userId, apiKey }: Whose): boolean =>
    principal.kind === 'USER'
      ? userId === principal.id
      : principal.kind === 'API_KEY'
        ? apiKey?.id === principal.id
        : principal.kind === 'OPERATOR' && apiKey !== null && apiKey.organizationId === null;

  /**
   * The organizations in whose name the principal ends a session; null if it may not even see it. That somebody is a member of what
   * the principal manages is enough where an issuer's rule, which is the operator's, says so; else they must be a member of nothing
   * else, because whoever manages members adds whom they like.
   */
  async function reachOf(principal: Principal, whose: Whose): Promise<string[] | null> {
    const all = await organizationsOf(whose);
    if (principal.kind === 'OPERATOR' || isOwn(principal, whose)) return all.map(({ id }) => id);
    const managed = all.filter(({ id }) => manages(principal, id));
    const isTheirs = managed.length > 0 && (managed.length === all.length || managed.some(({ byIssuer }) => byIssuer));
    return isTheirs ? managed.map(({ id }) => id) : null;
  }

  async function endOne(principal: Principal, whose: Whose, organizations: readonly string[]): Promise<boolean> {
    const { id, userId, apiKey } = whose;
    const ended = await inTransaction(prisma, organizations[0] ?? 'sessions', async (transaction) => {
      const data = { endedAt: new Date(), endReason: 'ENDED', tokensSealed: null };
      const { count } = await transaction.session.updateMany({ where: { id, endedAt: null }, data });
      if (count === 0) return false;
      const before = userId === null ? { apiKeyId: apiKey?.id ?? null } : { userId };
      for (const organizationId of organizations) {
        const target = { type: 'session', id } as const;
        await audit(transaction, principal, { organizationId, action: 'session.ended', target, before });
      }
      return true;
    });
    sessions.forget((session) => session.id === id);
    return ended;
  }

  const find = (where: Prisma.SessionWhereInput, take: number): Promise<Whose[]> =>
    prisma.session.findMany({
      where,
      select: { id: true, userId: true, apiKey: { select: { id: true, organizationId: true } } },
      orderBy: { id: 'desc' },
      take,
    });

  async function live(principal: Principal, which: WhichSessions): Promise<Prisma.SessionWhereInput> {
    if ('own' in which) {
      const own: Readonly<Record<Principal['kind'], Prisma.SessionWhereInput>> = {
        USER: { userId: principal.id },
        API_KEY: { apiKeyId: principal.kind === 'API_KEY' ? principal.id : null },
        OPERATOR: { apiKey: { organizationId: null } },
        PORTAL: { id: { in: [] } },
      };
      return { AND: [goingOn(), own[principal.kind]] };
    }
    if ('everybody' in which) return goingOn();
    const { organizationId, userId = null } = which;
    requireIn(principal, 'MEMBER_MANAGE', { organizationId, projectId: null }, 'organizationId');
    return { AND: [goingOn(), { id: { in: await idsIn(principal, organizationId, userId) } }] };
  }

  return {
    live,

    async visible(principal, ids) {
      const seen: string[] = [];
      for (const whose of await find({ id: { in: [...ids] } }, ids.length)) {
        if ((await reachOf(principal, whose)) !== null) seen.push(whose.id);
      }
      return seen;
    },

    async end(principal, id) {
      const [whose] = await find({ id }, 1);
      const organizations = whose && (await reachOf(principal, whose));
      if (!whose || !organizations) throw notFound('session', 'input.id');
      await endOne(principal, whose, organizations);
    },

    async endAll(principal, which) {
      const others = { AND: [await live(principal, which), { id: { not: principal.session ?? '' } }] };
      const found = await find(
        principal.session === undefined ? await live(principal, which) : others,
        maxOfOrganization,
      );
      let ended = 0;
      for (const whose of found) {
        const organizations =
          'organizationId' in which ? [which.organizationId] : ((await reachOf(principal, whose)) ?? []);
        if (await endOne(principal, whose, organizations)) ended += 1;
      }
      return ended;
    },
  };
}
