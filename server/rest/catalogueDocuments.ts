import { asyncApiOf } from '../../client-sdk/src/catalogue/export/asyncApi.ts';
import { openApiOf } from '../../client-sdk/src/catalogue/export/openApi.ts';
import { JsonText, stringify } from '../../client-sdk/src/json/jsonText.ts';
import type { Principal } from '../../core/access/principal.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { scopeOf } from '../../schema/scopeArgs.ts';
import type { Services } from '../../schema/services.ts';

/** What a project's catalogue is described by, below `/v1/`. */
const writers = { 'openapi.json': openApiOf, 'asyncapi.json': asyncApiOf } as const;

export const isCatalogueDocument = (path: string): path is keyof typeof writers => Object.hasOwn(writers, path);

/**
 * The document of one project.
 *
 * @throws ApiError NOT_FOUND where the principal may not see the project; VALIDATION_FAILED without one
 */
export async function catalogueDocument(
  path: keyof typeof writers,
  services: Services,
  principal: Principal,
  query: URLSearchParams,
): Promise<string> {
  const projects = query.getAll('projectId');
  if (projects.length !== 1 || projects[0] === '') {
    throw invalid('projectId', 'Name one project: ?projectId=…');
  }
  const { organizationId, projectId } = await scopeOf({ principal, services }, { projectId: projects[0] });
  if (projectId === null) throw new ApiError('NOT_FOUND', 'There is no such project.', 'projectId');
  const catalogue = await services.eventTypes.described({ organizationId, projectId });
  const types = catalogue.types.map(({ example, ...type }) =>
    example === undefined ? type : { ...type, example: new JsonText(example) },
  );
  return stringify(writers[path]({ ...catalogue, types }));
}
