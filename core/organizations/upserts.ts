import { requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { changedFields } from '../audit/fields.ts';
import { ApiError } from '../ground/errors.ts';
import { checkExternalId } from '../ground/externalId.ts';
import { checkName } from '../ground/names.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import type { Organizations } from './organizations.ts';

/** How often an upsert begins again because somebody else creates or deletes the same thing at the same time. */
const maxRounds = 5;

export interface Upserted {
  readonly id: string;
  readonly created: boolean;
}

/** Creates a tenant or a project, or changes the one with this external id. A change of nothing writes nothing. */
export interface Upserts {
  /** Operator only. */
  organization(principal: Principal, input: { readonly externalId: string; readonly name: string }): Promise<Upserted>;
  /** @param input - a profile that is left out stays; a new project has STANDARD */
  project(
    principal: Principal,
    organizationId: string,
    input: { readonly externalId: string; readonly name: string; readonly profile: ProfileName | null },
  ): Promise<Upserted>;
}

export function createUpserts(
  prisma: PrismaClient,
  organizations: Pick<Organizations, 'create' | 'createProject'>,
): Upserts {
  /** @param change - changes what is there; null: there is none */
  async function upsert(change: () => Promise<string | null>, create: () => Promise<string>): Promise<Upserted> {
    for (let round = 1; ; round++) {
      const id = await change();
      if (id !== null) return { id, created: false };
      try {
        return { id: await create(), created: true };
      } catch (error) {
        const raced = error instanceof ApiError && error.code === 'CONFLICT';
        if (!raced || round === maxRounds) throw error;
      }
    }
  }

  return {
    async organization(principal, input) {
      if (principal.kind !== 'OPERATOR') {
        throw new ApiError('FORBIDDEN', 'Only the operator of this installation may create organizations.');
      }
      const externalId = checkExternalId(input.externalId, 'input.externalId');
      const name = checkName(input.name, 'input.name');
      return upsert(
        () =>
          inTransaction(prisma, 'operator', async (transaction) => {
            const [before] = await transaction.$queryRaw<{ id: string; name: string }[]>`
              SELECT id, name FROM organization WHERE external_id = ${externalId} FOR NO KEY UPDATE`;
            if (!before) return null;
            const { id } = before;
            if (before.name === name) return id;
            await transaction.organization.update({ where: { id }, data: { name }, select: { id: true } });
            await audit(transaction, principal, {
              organizationId: id,
              action: 'organization.updated',
              target: { type: 'organization', id },
              ...changedFields({ name: before.name }, { name }),
            });
            return id;
          }),
        () => organizations.create(principal, name, externalId),
      );
    },

    async project(principal, organizationId, input) {
      requireIn(principal, 'ORGANIZATION_MANAGE', { organizationId, projectId: null }, 'input.organizationId');
      const externalId = checkExternalId(input.externalId, 'input.externalId');
      const name = checkName(input.name, 'input.name');
      return upsert(
        () =>
          inTransaction(prisma, organizationId, async (transaction) => {
            const [before] = await transaction.$queryRaw<{ id: string; name: string; profile: ProfileName }[]>`
              SELECT id, name, profile FROM project
               WHERE organization_id = ${organizationId}::uuid AND external_id = ${externalId} FOR NO KEY UPDATE`;
            if (!before) return null;
            const { id, ...fields } = before;
            const after = { name, profile: input.profile ?? fields.profile };
            const changed = changedFields(fields, after);
            if (Object.keys(changed.after).length === 0) return id;
            await transaction.project.update({ where: { id }, data: after, select: { id: true } });
            await audit(transaction, principal, {
              organizationId,
              projectId: id,
              action: 'project.updated',
              target: { type: 'project', id },
              ...changed,
            });
            return id;
          }),
        () => organizations.createProject(principal, organizationId, name, input.profile ?? 'STANDARD', externalId),
      );
    },
  };
}
