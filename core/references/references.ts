import type { Principal } from '../access/principal.ts';
import { visible, visibleOrganization, visibleProject } from '../access/visible.ts';
import { invalid } from '../ground/errors.ts';
import { parseReference } from '../ground/externalId.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/** The kinds of things that have external ids. */
export type Referred = 'organization' | 'project' | 'webhook';

/** Where something is looked for: within what the other arguments name. */
export interface Within {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/**
 * Finds what a reference names: its id, its external id, or a path such as `acme/shop`, whose parts are either. External ids are
 * unique only in their scope, so a look-up is within what the principal may see.
 */
export interface References {
  /**
   * @param field - the argument, for errors
   * @returns the id as the store writes it; null if it names nothing that the principal may see
   * @throws ApiError VALIDATION_FAILED if it names several things
   */
  find(principal: Principal, what: Referred, text: string, field: string, within?: Within): Promise<string | null>;
}

export function createReferences(prisma: PrismaClient): References {
  /** At most two, which is enough to know that there are several. */
  const take = 2;
  const select = { id: true } as const;

  const found = {
    async organization(principal: Principal, text: string): Promise<string[]> {
      const [part] = parseReference(text, 1) ?? [];
      if (!part) return [];
      const where = { AND: [visibleOrganization(principal), part] };
      return (await prisma.organization.findMany({ where, select, take })).map(({ id }) => id);
    },

    async project(principal: Principal, text: string, { organizationId }: Within): Promise<string[]> {
      const parts = parseReference(text, 2) ?? [];
      const [part, organization] = [...parts].reverse();
      if (!part) return [];
      const where = {
        AND: [
          visibleProject(principal),
          part,
          organization ? { organization } : {},
          organizationId === undefined ? {} : { organizationId },
        ],
      };
      return (await prisma.project.findMany({ where, select, take })).map(({ id }) => id);
    },

    async webhook(principal: Principal, text: string, within: Within): Promise<string[]> {
      const parts = parseReference(text, 3) ?? [];
      const [part, owner, organization] = [...parts].reverse();
      if (!part) return [];
      const { organizationId, projectId } = within;
      const where = {
        AND: [
          visible(principal),
          part,
          { deletedAt: null },
          organization ? { organization } : {},
          // A path of two names a webhook of a project, or of an organization as a whole.
          owner
            ? { OR: [{ project: owner }, ...(organization ? [] : [{ projectId: null, organization: owner }])] }
            : {},
          organizationId === undefined ? {} : { organizationId },
          projectId === undefined ? {} : { OR: [{ projectId }, { projectId: null }] },
        ],
      };
      return (await prisma.webhook.findMany({ where, select, take })).map(({ id }) => id);
    },
  };

  return {
    async find(principal, what, text, field, within = {}) {
      const [first, ...others] = await found[what](principal, text, within);
      if (others.length > 0) throw invalid(field, `This names several ${what}s: ${hints[what]}`);
      return first ?? null;
    },
  };
}

const hints = {
  organization: 'use its id.',
  project: 'write "<organization>/<project>", or use its id.',
  webhook:
    'write "<project>/<webhook>", "<organization>/<webhook>" for one of a whole organization, or "<organization>/<project>/<webhook>"; or use its id.',
} as const;
