import { requireIn, sees } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { checkExternalId } from '../ground/externalId.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';

const maxProjects = 1_000;
/** Projects whose organization is cached. */
const maxCachedProjects = 50_000;

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
  /** The organization of a project. @throws ApiError NOT_FOUND unless the principal sees the project */
  ofProject(principal: Principal, projectId: string, field?: string): Promise<string>;
  /** @throws ApiError NOT_FOUND unless the principal sees the organization */
  require(principal: Principal, organizationId: string, field?: string): Promise<void>;
}

export function createOrganizations(prisma: PrismaClient): Organizations {
  // A project never moves to another organization, so entries stay valid.
  const cachedOwners = new Map<string, string>();

  async function ownerOf(projectId: string): Promise<string | null> {
    const known = cachedOwners.get(projectId);
    if (known !== undefined) return known;
    const project = await prisma.project.findUnique({ where: { id: projectId }, select: { organizationId: true } });
    if (!project) return null;
    if (cachedOwners.size >= maxCachedProjects) cachedOwners.clear();
    cachedOwners.set(projectId, project.organizationId);
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
          throw new ApiError('CONFLICT', 'Another organization has this external id.', 'input.externalId');
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
        if ((await transaction.project.count({ where: { organizationId } })) >= maxProjects) {
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

    async ofProject(principal, projectId, field = 'projectId') {
      const organizationId = await ownerOf(projectId);
      if (organizationId === null || !sees(principal, { organizationId, projectId })) throw notFound('project', field);
      return organizationId;
    },

    async require(principal, organizationId, field = 'organizationId') {
      // A grant proves that its organization exists. No query is made, because every publish comes through here.
      const found =
        principal.kind === 'OPERATOR'
          ? await prisma.organization.findUnique({ where: { id: organizationId }, select: { id: true } })
          : principal.grants.some((grant) => grant.organizationId === organizationId);
      if (!found) throw notFound('organization', field);
    },
  };
}

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
  if (other) throw new ApiError('CONFLICT', `The project ${other.id} has this external id.`, 'input.externalId');
}
