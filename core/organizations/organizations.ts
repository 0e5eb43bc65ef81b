import { requireIn, sees } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';

const maxProjects = 1_000;
/** Projects whose organization is cached. */
const maxCachedProjects = 50_000;

export interface Organizations {
  /** Operator only. @returns the new organization's id */
  create(principal: Principal, name: string): Promise<string>;
  /** @returns the new project's id */
  createProject(principal: Principal, organizationId: string, name: string, profile: ProfileName): Promise<string>;
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
    async create(principal, name) {
      if (principal.kind !== 'OPERATOR') {
        throw new ApiError('FORBIDDEN', 'Only the operator of this installation may create organizations.');
      }
      const id = newId();
      const checked = checkName(name, 'input.name');
      await inTransaction(prisma, 'operator', async (transaction) => {
        await transaction.organization.create({ data: { id, name: checked }, select: { id: true } });
        await audit(transaction, principal, {
          organizationId: id,
          action: 'organization.created',
          target: { type: 'organization', id },
          after: { name: checked },
        });
      });
      return id;
    },

    async createProject(principal, organizationId, name, profile) {
      requireIn(principal, 'ORGANIZATION_MANAGE', { organizationId, projectId: null }, 'input.organizationId');
      const checked = checkName(name, 'input.name');
      const id = newId();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        if ((await transaction.project.count({ where: { organizationId } })) >= maxProjects) {
          throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxProjects} projects.`);
        }
        await transaction.project.create({
          data: { id, organizationId, name: checked, profile, ownerId: principal.id },
          select: { id: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId: id,
          action: 'project.created',
          target: { type: 'project', id },
          after: { name: checked, profile },
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
