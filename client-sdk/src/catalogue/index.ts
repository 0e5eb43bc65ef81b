/**
 * The catalogue of event types as files: TypeScript generated from it. It has no dependencies, reads no files and opens no
 * connections.
 *
 * @module
 */
export { CatalogueError } from './jsonSchema.ts';
export { type CatalogueType, type GenerateOptions, generateTypes } from './types/generateTypes.ts';
export type { TypeOptions } from './types/typesOfSchema.ts';
