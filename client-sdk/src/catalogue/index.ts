/**
 * The catalogue of event types as files: TypeScript generated from it; types read out of OpenAPI, AsyncAPI, JSON Schema and Zod; OpenAPI and
 * AsyncAPI written of it. It has no dependencies, reads no files and opens no connections.
 *
 * @module
 */
export { asyncApiOf } from './export/asyncApi.ts';
export type { DescribedProfile, ExportedCatalogue, ExportedType } from './export/envelopes.ts';
export { openApiOf } from './export/openApi.ts';
export { readAsyncApi } from './import/asyncApi.ts';
export { readJsonSchemas, type SchemaFile } from './import/jsonSchemas.ts';
export { readOpenApi } from './import/openApi.ts';
export { allTypes, type ReadCatalogue, type ReadProblem, type ReadType } from './import/read.ts';
export { readZod, type ToJsonSchema } from './import/zod.ts';
export { CatalogueError, SchemaDocument } from './jsonSchema.ts';
export { type CatalogueType, type GenerateOptions, generateTypes } from './types/generateTypes.ts';
export type { TypeOptions } from './types/typesOfSchema.ts';
