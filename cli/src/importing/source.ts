import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ReadCatalogue,
  readAsyncApi,
  readJsonSchemas,
  readOpenApi,
  readZod,
  type ToJsonSchema,
} from '@everhook/sdk/catalogue';
import { parseDocument } from 'yaml';
import { readExact, yamlFault } from '../exact/yaml.ts';
import { CliError, usageError } from '../exit/codes.ts';
import { plain } from '../terminal/output.ts';

const modules = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts']);
const documents = new Set(['.json', '.yaml', '.yml']);
/** A folder with more is not one of schemas. */
const maxFiles = 2_000;

async function parsed(path: string, name: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new CliError(plain(`${name}: ${yamlFault(error.message)}`));
  try {
    return readExact(document, text);
  } catch (error) {
    throw new CliError(plain(`${name}: ${yamlFault((error as Error).message)}`));
  }
}

async function folderOf(path: string): Promise<ReadCatalogue> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && documents.has(extname(entry.name)));
  if (files.length > maxFiles)
    throw usageError(`${path} has more than ${maxFiles} files: name a folder of schemas.`, 'source');
  const read = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    const shown = relative(path, file).split(sep).join('/');
    return { path: shown, content: await parsed(file, shown) };
  });
  return readJsonSchemas(await Promise.all(read));
}

/** A module of Zod schemas is run, with its own copy of Zod. */
async function moduleOf(path: string, name: string): Promise<ReadCatalogue> {
  let exports: Record<string, unknown>;
  let zod: { readonly toJSONSchema?: ToJsonSchema };
  try {
    exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    zod = (await import(pathToFileURL(createRequire(path).resolve('zod')).href)) as typeof zod;
  } catch (error) {
    const advice = /\.m?ts$/.test(path) ? ' Node reads TypeScript from version 22.18 on; else compile it first.' : '';
    throw new CliError(`${name} cannot be loaded: ${(error as Error).message}${advice}`);
  }
  const { toJSONSchema } = zod;
  if (toJSONSchema === undefined) throw new CliError(`${name} imports an older Zod: version 4 is needed.`);
  return readZod(exports, toJSONSchema, name);
}

/**
 * The event types of a file or folder: OpenAPI and AsyncAPI documents, JSON Schemas, a module of Zod schemas.
 *
 * @throws CliError for one that cannot be read
 */
export async function readSource(name: string): Promise<ReadCatalogue> {
  const path = resolve(name);
  const info = await stat(path).catch((error: Error) => {
    throw usageError(`${name} cannot be read: ${error.message}`, 'source');
  });
  if (info.isDirectory()) return folderOf(path);
  if (modules.has(extname(path))) return moduleOf(path, name);
  const document = await parsed(path, name);
  const members = typeof document === 'object' && document !== null ? document : {};
  if ('openapi' in members) return readOpenApi(document, name);
  if ('asyncapi' in members) return readAsyncApi(document, name);
  throw usageError(
    `${name} is neither OpenAPI nor AsyncAPI: it has no "openapi" and no "asyncapi". JSON Schemas are read from a folder.`,
    'source',
  );
}
