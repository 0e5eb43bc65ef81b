import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { requireIn, requireWithin, type Scope } from './permissions.ts';
import type { Principal, Role } from './principal.ts';
import { permissionsOfRole, storedRoles } from './roles.ts';
import { isUserId } from './userId.ts';

/** Members of one organization. */
const maxMembers = 10_000;

export interface MemberInput {
  readonly organizationId: string;
  /** The project of the role PROJECT_ADMIN; null for a role in the organization. */
  readonly projectId: string | null;
  /** The `sub` of the user's tokens. */
  readonly userId: string;
  /** Undefined keeps the present name. */
  readonly name: string | undefined;
  /** Null removes the role in the project, or the whole membership. */
  readonly role: Role | null;
}

export interface Members {
  /**
   * Whoever is a member may end that themself, here or in a project, whatever they may do: nobody is asked before they become one.
   *
   * @returns the member's id; null if the membership was removed
   */
  set(principal: Principal, input: MemberInput): Promise<string | null>;
}

interface Stored {
  readonly id: string;
  readonly role: Role;
  readonly name: string | null;
  readonly issuer: string | null;
  readonly projects: readonly { readonly projectId: string }[];
}

/** @param changed - called with a user whose permissions have changed */
export function createMembers(prisma: PrismaClient, changed: (userId: string) => void): Members {
  const find = (
    transaction: Prisma.TransactionClient | PrismaClient,
    { organizationId, userId }: MemberInput,
  ): Promise<Stored | null> =>
    transaction.member.findUnique({
      where: { organizationId_userId: { organizationId, userId } },
      select: { id: true, role: true, name: true, issuer: true, projects: { select: { projectId: true } } },
    });

  /** @throws ApiError FORBIDDEN if one of the roles has more permissions than the principal */
  async function requireMayGrant(
    transaction: Prisma.TransactionClient,
    principal: Principal,
    roles: readonly (Role | null | undefined)[],
    scope: Scope,
  ): Promise<void> {
    const stored = await storedRoles(transaction, scope.organizationId);
    for (const role of roles) {
      if (role == null) continue;
      requireWithin(principal, { role, permissions: permissionsOfRole(role, stored) }, scope, 'input.role');
    }
  }

  async function setInOrganization(
    transaction: Prisma.TransactionClient,
    principal: Principal,
    input: MemberInput,
  ): Promise<string | null> {
    const { organizationId, userId, role } = input;
    const member = await find(transaction, input);
    const isOwn = isOwnEnd(principal, input);
    if (!isOwn)
      await requireMayGrant(transaction, principal, [role, member?.role], { organizationId, projectId: null });
    if (member?.role === 'OWNER' && role !== 'OWNER') {
      const owners = await transaction.member.count({ where: { organizationId, role: 'OWNER' } });
      if (owners === 1) {
        throw new ApiError('CONFLICT', 'This is the last owner: make another member an owner first.', 'input.role');
      }
    }
    const before = member ? { role: member.role, name: member.name } : undefined;
    const entry = { organizationId, target: { type: 'member', id: userId } } as const;
    if (role === null) {
      if (!member) throw notFound('member', 'input.userId');
      // Removing the membership also removes the user's project roles, which needs the same permissions as removing each.
      for (const { projectId } of isOwn ? [] : member.projects) {
        await requireMayGrant(transaction, principal, ['PROJECT_ADMIN'], { organizationId, projectId });
      }
      await transaction.member.delete({ where: { id: member.id }, select: { id: true } });
      await rememberRemoval(transaction, organizationId, userId);
      await audit(transaction, principal, { ...entry, action: 'member.removed', ...(before ? { before } : {}) });
      return null;
    }
    if (!member && (await transaction.member.count({ where: { organizationId } })) >= maxMembers) {
      throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxMembers} members.`);
    }
    const name = input.name === undefined ? (member?.name ?? null) : input.name;
    const { id } = await transaction.member.upsert({
      where: { organizationId_userId: { organizationId, userId } },
      create: { id: newId(), organizationId, userId, name, role },
      // What was given here is no issuer's to change; a mere name changes nothing of that.
      update: { name, role, ...(member?.role === role ? {} : { issuer: null }) },
      select: { id: true },
    });
    await transaction.memberRemoval.deleteMany({ where: { organizationId, userId } });
    const action = member ? 'member.changed' : 'member.added';
    await audit(transaction, principal, { ...entry, action, ...(before ? { before } : {}), after: { role, name } });
    return id;
  }

  async function setInProject(
    transaction: Prisma.TransactionClient,
    principal: Principal,
    input: MemberInput,
    projectId: string,
  ): Promise<string> {
    const { organizationId, userId, role } = input;
    const project = await transaction.project.findFirst({
      where: { id: projectId, organizationId, deletedAt: null },
      select: { id: true },
    });
    if (!project) throw notFound('project', 'input.projectId');
    if (!isOwnEnd(principal, input)) {
      await requireMayGrant(transaction, principal, ['PROJECT_ADMIN'], { organizationId, projectId });
    }
    const member = await find(transaction, input);
    if (!member) {
      const message = 'This user is not a member of the organization: give them a role there first.';
      throw new ApiError('NOT_FOUND', message, 'input.userId');
    }
    const before = member.projects.some((each) => each.projectId === projectId);
    const after = role !== null;
    if (before === after) return member.id;
    // Taken over from the issuer by that, the member would keep their other roles whatever it says later.
    if (member.issuer !== null && isOwnEnd(principal, input)) {
      const message =
        'Your identity provider’s rules give you this role: end your membership of the organization, or ask whoever manages its members.';
      throw new ApiError('CONFLICT', message, 'input.projectId');
    }
    const data = { memberId: member.id, projectId };
    if (after) await transaction.projectMember.create({ data, select: { projectId: true } });
    else await transaction.projectMember.deleteMany({ where: data });
    if (member.issuer !== null) {
      await transaction.member.update({ where: { id: member.id }, data: { issuer: null }, select: { id: true } });
    }
    await audit(transaction, principal, {
      organizationId,
      projectId,
      action: 'member.changed',
      target: { type: 'member', id: userId },
      before: { projectAdmin: before },
      after: { projectAdmin: after },
    });
    return member.id;
  }

  return {
    async set(principal, input) {
      const { organizationId, projectId, role } = input;
      if (!isOwnEnd(principal, input)) {
        requireIn(principal, 'MEMBER_MANAGE', { organizationId, projectId }, 'input.organizationId');
      } else if (!(await find(prisma, input))) {
        // A stranger neither learns that the organization exists, nor locks it.
        throw notFound('organization', 'input.organizationId');
      }
      checkUserId(input.userId);
      if (role !== null && (role === 'PROJECT_ADMIN') !== (projectId !== null)) {
        throw invalid(
          'input.role',
          'PROJECT_ADMIN is the only role within a project: name both the role and a project, or neither.',
        );
      }
      const checked = input.name === undefined ? input : { ...input, name: checkName(input.name, 'input.name') };
      const id = await inTransaction(prisma, organizationId, async (transaction) => {
        // Otherwise two owners who demote each other at the same time would leave no owner.
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        return projectId === null
          ? setInOrganization(transaction, principal, checked)
          : setInProject(transaction, principal, checked, projectId);
      });
      changed(input.userId);
      return id;
    },
  };
}

/** Whether somebody gives up what they have themself. */
const isOwnEnd = (principal: Principal, { userId, role }: MemberInput): boolean =>
  principal.kind === 'USER' && principal.id === userId && role === null;

/** An issuer's rules would make them a member again at the next check. Of as many as there may be members, the latest are known. */
async function rememberRemoval(
  transaction: Prisma.TransactionClient,
  organizationId: string,
  userId: string,
): Promise<void> {
  const where = { organizationId_userId: { organizationId, userId } };
  const removedAt = new Date();
  const create = { organizationId, userId, removedAt };
  await transaction.memberRemoval.upsert({ where, create, update: { removedAt }, select: { userId: true } });
  const [surplus] = await transaction.memberRemoval.findMany({
    where: { organizationId },
    orderBy: { removedAt: 'desc' },
    skip: maxMembers,
    take: 1,
    select: { removedAt: true },
  });
  if (!surplus) return;
  await transaction.memberRemoval.deleteMany({ where: { organizationId, removedAt: { lte: surplus.removedAt } } });
}

function checkUserId(userId: string): void {
  if (!isUserId(userId)) {
    const message =
      'A user id is the "sub" of the user’s tokens: 1 to 255 characters, none of them a control character.';
    throw invalid('input.userId', message);
  }
}
