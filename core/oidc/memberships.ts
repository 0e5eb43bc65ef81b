import type { Logger } from 'pino';
import type { Granted } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { newId } from '../ground/newId.ts';
import { parseId } from '../ground/parseId.ts';
import { locksOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import type { Claims, Issuer } from './issuer.ts';
import { nameIn, type WantedRoles, wantedRoles } from './roles.ts';

/** As in `core/access/members.ts`. */
const maxMembers = 10_000;

interface Stored {
  readonly id: string;
  readonly organizationId: string;
  readonly role: string;
  readonly name: string | null;
  readonly issuer: string | null;
  readonly projects: readonly { readonly projectId: string }[];
}

const columns = {
  id: true,
  organizationId: true,
  role: true,
  name: true,
  issuer: true,
  projects: { select: { projectId: true } },
} as const;

const byReference = (reference: string) => {
  const id = parseId(reference);
  return id === null ? { externalId: reference } : { OR: [{ id }, { externalId: reference }] };
};

/**
 * Gives a person the roles that their claims mean by the issuer's rules, and takes away those that the issuer gave them before. A role
 * that was given here stays as it is: the issuer's rules neither raise nor lower it. Whom somebody here has removed stays removed.
 *
 * @returns whether anything was changed
 */
export async function syncMemberships(
  parts: { readonly prisma: PrismaClient; readonly log: Logger },
  issuer: Issuer,
  person: Granted,
  claims: Claims,
): Promise<boolean> {
  const { prisma } = parts;
  const present: readonly Stored[] = await prisma.member.findMany({
    where: { userId: person.id, organization: { deletedAt: null } },
    select: columns,
  });
  const wanted = new Map(wantedRoles(await byIds(prisma, issuer), claims));
  // Of an organization that no rule names any more, what the rules gave before is gone, too.
  for (const { organizationId, issuer: by } of present) {
    if (by === issuer.url && !wanted.has(organizationId)) wanted.set(organizationId, { role: null, projects: [] });
  }
  const removals = await prisma.memberRemoval.findMany({
    where: { userId: person.id, organizationId: { in: [...wanted.keys()] } },
    select: { organizationId: true },
  });
  const removed = new Set(removals.map(({ organizationId }) => organizationId));
  let changed = false;
  for (const [organizationId, roles] of wanted) {
    const member = present.find((each) => each.organizationId === organizationId);
    const mayBecome = roles.role !== null && issuer.createMembers && !removed.has(organizationId);
    if (member ? member.issuer !== issuer.url : !mayBecome) continue;
    const projects = await projectsOf(prisma, organizationId, roles);
    if (member && isSame(member, roles, projects, nameIn(claims))) continue;
    changed =
      (await inTransaction(prisma, organizationId, async (transaction) => {
        // Deleted meanwhile: whoever else they are is not lost with it.
        if (!(await locksOrganization(transaction, organizationId))) return false;
        await apply(parts, transaction, issuer, person, { organizationId, roles, projects, name: nameIn(claims) });
        return true;
      })) || changed;
  }
  return changed;
}

/** An issuer whose rules name organizations by their ids alone, however they were written; rules of what is not there are left out. */
async function byIds(prisma: PrismaClient, issuer: Issuer): Promise<Issuer> {
  const ids = new Map<string, string>();
  for (const reference of new Set(issuer.roles.map(({ organization }) => organization))) {
    const where = { deletedAt: null, ...byReference(reference) };
    const found = await prisma.organization.findFirst({ where, select: { id: true } });
    if (found) ids.set(reference, found.id);
  }
  const roles = issuer.roles.flatMap((rule) => {
    const organization = ids.get(rule.organization);
    return organization === undefined ? [] : [{ ...rule, organization }];
  });
  return { ...issuer, roles };
}

async function projectsOf(
  prisma: PrismaClient,
  organizationId: string,
  { role, projects }: WantedRoles,
): Promise<string[]> {
  if (role === null || projects.length === 0) return [];
  const where = { organizationId, deletedAt: null, OR: projects.map(byReference) };
  return (await prisma.project.findMany({ where, select: { id: true }, orderBy: { id: 'asc' } })).map(({ id }) => id);
}

const isSame = (member: Stored, { role }: WantedRoles, projects: readonly string[], name: string | null): boolean =>
  member.role === role &&
  (name === null || member.name === name) &&
  member.projects
    .map(({ projectId }) => projectId)
    .sort()
    .join() === [...projects].sort().join();

async function apply(
  { log }: { readonly log: Logger },
  transaction: Prisma.TransactionClient,
  issuer: Issuer,
  person: Granted,
  wanted: {
    readonly organizationId: string;
    readonly roles: WantedRoles;
    readonly projects: readonly string[];
    readonly name: string | null;
  },
): Promise<void> {
  const { organizationId, roles, projects } = wanted;
  const { role } = roles;
  const userId = person.id;
  const member: Stored | null = await transaction.member.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
    select: columns,
  });
  // Somebody here has taken the role over meanwhile.
  if (member && member.issuer !== issuer.url) return;
  const target = { type: 'member', id: userId } as const;
  const before = member && { role: member.role, name: member.name, issuer: issuer.name };
  if (role === null) {
    if (!member) return;
    await transaction.member.delete({ where: { id: member.id }, select: { id: true } });
    await audit(transaction, person, {
      organizationId,
      action: 'member.removed',
      target,
      before: before as NonNullable<typeof before>,
    });
    return;
  }
  const removal = { organizationId_userId: { organizationId, userId } };
  // Somebody here has removed them meanwhile.
  if (!member && (await transaction.memberRemoval.findUnique({ where: removal, select: { userId: true } }))) return;
  if (!member && (await transaction.member.count({ where: { organizationId } })) >= maxMembers) {
    log.warn({ organizationId, issuer: issuer.name }, 'an organization has no room for another member of an issuer');
    return;
  }
  const name = wanted.name ?? member?.name ?? null;
  const { id } = await transaction.member.upsert({
    where: { organizationId_userId: { organizationId, userId } },
    create: { id: newId(), organizationId, userId, name, role, issuer: issuer.url },
    update: { name, role },
    select: { id: true },
  });
  await transaction.projectMember.deleteMany({ where: { memberId: id, projectId: { notIn: [...projects] } } });
  await transaction.projectMember.createMany({
    data: projects.map((projectId) => ({ memberId: id, projectId })),
    skipDuplicates: true,
  });
  await audit(transaction, person, {
    organizationId,
    action: member ? 'member.changed' : 'member.added',
    target,
    ...(before ? { before } : {}),
    after: { role, name, issuer: issuer.name, projectAdmin: projects },
  });
}
