import { requireIn, sees } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { changedFields } from '../audit/fields.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { checkExternalId } from '../ground/externalId.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import type { ProjectOwners } from './projectOwners.ts';

const maxProjects = 1_000;
/** Undefined keeps a value. */
export interface OrganizationChanges {
  readonly name?: string | undefined;
  /** For the operator alone, whose own ids these are: anybody else could find out by it which ones exist. Null: none any more. */
  readonly externalId?: string | null | undefined;
}

/** Undefined keeps a value. */
export interface ProjectChanges {
  /** Null: none any more. */
  readonly externalId?: string | null | undefined;
  readonly name?: string | undefined;
  /** The default profile of webhooks that are created from now on. */
  readonly profile?: ProfileName | undefined;
  /** The user id of a member, who becomes the creator of issues that are imported from now on; null: nobody. */
  readonly ownerId?: string | null | undefined;
}

export interface Organizations {
  /** Operator only. @returns the new organization's id */
  create(principal: Principal, name: string, externalId?: string | null): Promise<string>;
  /** @returns the new project's id */
  createProject(
    principal: Principal,
    organizationId: string,
    name: string,
    profile: ProfileName,
    externalId?: string | null,
  ): Promise<string>;
  update(principal: Principal, organizationId: string, changes: OrganizationChanges): Promise<void>;
  updateProject(principal: Principal, projectId: string, changes: ProjectChanges): Promise<void>;
  /** The organization of a project. @throws ApiError NOT_FOUND unless the principal sees the project */
  ofProject(principal: Principal, projectId: string, field?: string): Promise<string>;
  /** @throws ApiError NOT_FOUND unless the principal sees the organization */
  require(principal: Principal, organizationId: string, field?: string): Promise<void>;
}

export function createOrganizations(prisma: PrismaClient, owners: ProjectOwners): Organizations {
  async function ownerOf(projectId: string): Promise<string | null> {
    const known = owners.get(projectId);
    if (known !== undefined) return known;
    const where = { id: projectId, deletedAt: null };
    const project = await prisma.project.findFirst({ where, select: { organizationId: true } });
    if (!project) return null;
    owners.set(projectId, project.organizationId);
    return project.organizationId;
  }

  return {
    async create(principal, name, given = null) {
      if (principal.kind !== 'OPERATOR') {
        throw new ApiError('FORBIDDEN', 'Only the operator of this installation may create organizations.');
      }
      const id = newId();
      const checked = checkName(name, 'input.name');
      const externalId = given === null ? null : checkExternalId(given, 'input.externalId');
      await inTransaction(prisma, 'operator', async (transaction) => {
        if (!(await addOrganization(transaction, { id, name: checked, externalId }))) {
          throw organizationTaken();
        }
        await audit(transaction, principal, {
          organizationId: id,
          action: 'organization.created',
          target: { type: 'organization', id },
          after: { externalId, name: checked },
        });
      });
      return id;
    },

    async createProject(principal, organizationId, name, profile, given = null) {
      requireIn(principal, 'ORGANIZATION_MANAGE', { organizationId, projectId: null }, 'input.organizationId');
      const checked = checkName(name, 'input.name');
      const externalId = given === null ? null : checkExternalId(given, 'input.externalId');
      const id = newId();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        if (externalId !== null) await requireFreeProject(transaction, organizationId, externalId, id);
        if ((await transaction.project.count({ where: { organizationId, deletedAt: null } })) >= maxProjects) {
          throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxProjects} projects.`);
        }
        await transaction.project.create({
          data: { id, organizationId, externalId, name: checked, profile, ownerId: principal.id },
          select: { id: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId: id,
          action: 'project.created',
          target: { type: 'project', id },
          after: { externalId, name: checked, profile },
        });
      });
      return id;
    },

    async update(principal, organizationId, { name, externalId }) {
      requireIn(principal, 'ORGANIZATION_MANAGE', { organizationId, projectId: null }, 'input.id');
      if (externalId !== undefined && principal.kind !== 'OPERATOR') {
        const message = 'Only the operator of this installation may set the external id of an organization.';
        throw new ApiError('FORBIDDEN', message, 'input.externalId');
      }
      const data = {
        ...(name === undefined ? {} : { name: checkName(name, 'input.name') }),
        ...(externalId === undefined ? {} : { externalId: externalIdOrNull(externalId) }),
      };
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.id');
        const where = { id: organizationId };
        const select = { name: true, externalId: true };
        const before = await transaction.organization.findUniqueOrThrow({ where, select });
        const changed = changedFields(before, { ...before, ...data });
        if (Object.keys(changed.after).length === 0) return;
        await transaction.organization.update({ where, data, select: { id: true } }).catch((error) => {
          throw isTaken(error) ? organizationTaken() : error;
        });
        await audit(transaction, principal, {
          organizationId,
          action: 'organization.updated',
          target: { type: 'organization', id: organizationId },
          ...changed,
        });
      });
    },

    async updateProject(principal, projectId, { name, externalId, profile, ownerId }) {
      const organizationId = await ownerOf(projectId);
      if (organizationId === null || !sees(principal, { organizationId, projectId })) {
        throw notFound('project', 'input.id');
      }
      requireIn(principal, 'ORGANIZATION_MANAGE', { organizationId, projectId }, 'input.id');
      const data = {
        ...(name === undefined ? {} : { name: checkName(name, 'input.name') }),
        ...(externalId === undefined ? {} : { externalId: externalIdOrNull(externalId) }),
        ...(profile === undefined ? {} : { profile }),
        ...(ownerId === undefined ? {} : { ownerId }),
      };
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.id');
        const where = { id: projectId, organizationId, deletedAt: null };
        const before = await transaction.project.findFirst({
          where,
          select: { name: true, externalId: true, profile: true, ownerId: true },
        });
        if (!before) throw notFound('project', 'input.id');
        if (data.externalId) await requireFreeProject(transaction, organizationId, data.externalId, projectId);
        if (ownerId != null && ownerId !== before.ownerId) {
          const member = { organizationId_userId: { organizationId, userId: ownerId } };
          if (!(await transaction.member.findUnique({ where: member, select: { id: true } }))) {
            const message = 'This user is not a member of the organization: give them a role there first.';
            throw new ApiError('NOT_FOUND', message, 'input.ownerId');
          }
        }
        const changed = changedFields(before, { ...before, ...data });
        if (Object.keys(changed.after).length === 0) return;
        await transaction.project.update({ where: { id: projectId }, data, select: { id: true } });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'project.updated',
          target: { type: 'project', id: projectId },
          ...changed,
        });
      });
    },

    async ofProject(principal, projectId, field = 'projectId') {
      const organizationId = await ownerOf(projectId);
      if (organizationId === null || !sees(principal, { organizationId, projectId })) throw notFound('project', field);
      return organizationId;
    },

    async require(principal, organizationId, field = 'organizationId') {
      // A grant proves that its organization exists. No query is made, because every publish comes through here.
      const found =
        principal.kind === 'OPERATOR'
          ? await prisma.organization.findFirst({
              where: { id: organizationId, deletedAt: null },
              select: { id: true },
            })
          : principal.grants.some((grant) => grant.organizationId === organizationId);
      if (!found) throw notFound('organization', field);
    },
  };
}

const externalIdOrNull = (externalId: string | null): string | null =>
  externalId === null ? null : checkExternalId(externalId, 'input.externalId');

const organizationTaken = () =>
  new ApiError('CONFLICT', 'Another organization has this external id.', 'input.externalId');

/** Whether a unique index refused a change. */
const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'P2002';

/** Adds an organization. @returns false if another one has its external id */
export async function addOrganization(
  transaction: Prisma.TransactionClient,
  { id, name, externalId }: { readonly id: string; readonly name: string; readonly externalId: string | null },
): Promise<boolean> {
  const added = await transaction.organization.createMany({ data: [{ id, name, externalId }], skipDuplicates: true });
  return added.count === 1;
}

/** The organization is locked. @throws ApiError CONFLICT if another project of it has the external id */
export async function requireFreeProject(
  transaction: Prisma.TransactionClient,
  organizationId: string,
  externalId: string,
  id: string,
): Promise<void> {
  const where = { organizationId, externalId, id: { not: id } };
  const other = await transaction.project.findFirst({ where, select: { id: true } });
  if (other) throw new ApiError('CONFLICT', 'Another project has this external id.', 'input.externalId');
}
