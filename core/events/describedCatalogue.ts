import { ApiError } from '../ground/errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { catalogue, type EventTypeTexts } from './catalogues.ts';

/** What documents of one project may take, in bytes of its types' texts. */
const maxBytes = 8 * 1024 * 1024;

/** A project's types with their texts, as documents describe them. */
export interface DescribedCatalogue {
  readonly title: string;
  /** It rises with every change of the organization's types. */
  readonly version: string;
  readonly profile: ProfileName;
  readonly types: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly schema: unknown;
    /** Its JSON text: as a value it would lose how its numbers are written. */
    readonly example?: string;
  }[];
}

interface Row extends EventTypeTexts {
  readonly name: string;
}

/**
 * The types that can be published in a project: its profile's, its organization's and its own.
 *
 * @throws ApiError LIMIT_EXCEEDED where they are too long for one document
 */
export async function describedCatalogue(
  prisma: PrismaClient,
  { organizationId, projectId }: { readonly organizationId: string; readonly projectId: string },
): Promise<DescribedCatalogue> {
  const project = await prisma.project.findUniqueOrThrow({
    where: { id: projectId },
    select: { name: true, profile: true, organization: { select: { typesVersion: true } } },
  });
  const [sum] = await prisma.$queryRaw<{ bytes: bigint }[]>`
    SELECT coalesce(sum(octet_length(schema::text) + coalesce(octet_length(example::text), 0)
                        + coalesce(octet_length(description), 0)), 0)::bigint AS bytes
      FROM event_type
     WHERE organization_id = ${organizationId}::uuid AND (project_id IS NULL OR project_id = ${projectId}::uuid)
       AND archived_at IS NULL`;
  if (Number(sum?.bytes ?? 0) > maxBytes) {
    const message = `The schemas of this project's types are longer than ${maxBytes / 1024 / 1024} MiB together: read them one by one, with "eventTypes".`;
    throw new ApiError('LIMIT_EXCEEDED', message, 'projectId');
  }
  // As text: Prisma would parse it, and lose the order of keys.
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT name, description, schema::text AS schema, example::text AS example
      FROM event_type
     WHERE organization_id = ${organizationId}::uuid AND (project_id IS NULL OR project_id = ${projectId}::uuid)
       AND archived_at IS NULL
     ORDER BY name COLLATE "C"`;
  const own = new Set(catalogue(project.profile).keys());
  const all: Row[] = [...catalogue(project.profile).values(), ...rows.filter(({ name }) => !own.has(name))];
  return {
    title: project.name,
    version: String(project.organization.typesVersion),
    profile: project.profile,
    types: all.map(({ name, description, schema, example }) => ({
      name,
      description,
      schema: parseJson(schema),
      ...(example === null ? {} : { example }),
    })),
  };
}
