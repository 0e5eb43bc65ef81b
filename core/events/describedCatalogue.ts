import type { AnswerBudget } from '../answers/budgets.ts';
import { ApiError } from '../ground/errors.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { catalogue, type EventTypeTexts } from './catalogues.ts';

/** What documents of one project may take, in bytes of its types' texts. */
const maxBytes = 8 * 1024 * 1024;

/** A type with its texts. */
export interface DescribedType extends EventTypeTexts {
  readonly name: string;
}

/** A project's types, as documents describe them. */
export interface DescribedCatalogue {
  readonly title: string;
  /** It rises with every change of the organization's types. */
  readonly version: string;
  readonly profile: ProfileName;
  /**
   * Reads the types that can be published in the project: its profile's, its organization's and its own. They are those of the version, or
   * newer.
   *
   * @param answer - counts their texts before they are read
   * @throws ApiError LIMIT_EXCEEDED where they are too long for one document
   */
  types(answer: Pick<AnswerBudget, 'read'>): Promise<readonly DescribedType[]>;
}

export async function describedCatalogue(
  prisma: PrismaClient,
  { organizationId, projectId }: { readonly organizationId: string; readonly projectId: string },
): Promise<DescribedCatalogue> {
  const project = await prisma.project.findUniqueOrThrow({
    where: { id: projectId },
    select: { name: true, profile: true, organization: { select: { typesVersion: true } } },
  });
  const brought = [...catalogue(project.profile).values()];
  return {
    title: project.name,
    version: String(project.organization.typesVersion),
    profile: project.profile,
    async types(answer) {
      const [sum] = await prisma.$queryRaw<{ bytes: bigint }[]>`
        SELECT coalesce(sum(octet_length(schema::text) + coalesce(octet_length(example::text), 0)
                            + coalesce(octet_length(description), 0)), 0)::bigint AS bytes
          FROM event_type
         WHERE organization_id = ${organizationId}::uuid AND (project_id IS NULL OR project_id = ${projectId}::uuid)
           AND archived_at IS NULL`;
      const bytes = Number(sum?.bytes ?? 0);
      if (bytes > maxBytes) {
        const message = `The schemas of this project's types are longer than ${maxBytes / 1024 / 1024} MiB together: read them one by one, with "eventTypes".`;
        throw new ApiError('LIMIT_EXCEEDED', message, 'projectId');
      }
      // A document says most of it twice.
      await answer.read(bytes, 2 * bytes);
      // As text: Prisma would parse it, and lose the order of keys.
      const rows = await prisma.$queryRaw<DescribedType[]>`
        SELECT name, description, schema::text AS schema, example::text AS example
          FROM event_type
         WHERE organization_id = ${organizationId}::uuid AND (project_id IS NULL OR project_id = ${projectId}::uuid)
           AND archived_at IS NULL
         ORDER BY name COLLATE "C"`;
      const own = new Set(brought.map(({ name }) => name));
      return [...brought, ...rows.filter(({ name }) => !own.has(name))];
    },
  };
}
