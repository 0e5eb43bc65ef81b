import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
/** The folders whose code reads JSON of tenants, trackers and other outsiders. */
const folders = ['core', 'server', 'schema', 'workflows', 'client-sdk/src', 'dashboard/src'];
/** The reader itself, the reader of our own package.json, and errors that speak of a framework's parser. */
const allowed = new Set([
  'client-sdk/src/json/parseJson.ts',
  'core/ground/version.ts',
  ...['express', 'hono'].map((name) => `client-sdk/src/receivers/${name}.ts`),
]);

const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|[\\/])(generated|prisma)[\\/]/.test(name))
    .map((name) => join(folder, name).replaceAll('\\', '/')),
);

describe('JSON from outside', () => {
  it('is read by parseJson only, which is safe from faults of the JavaScript engine: never by JSON.parse or response.json()', () => {
    expect(sources.length).toBeGreaterThan(300);
    const others = sources.filter((path) => {
      const code = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return !allowed.has(path) && /\bJSON\s*\.\s*parse\b|\bJSON\s*\[|\.json\(\)/.test(code);
    });
    expect(others, 'read it by parseJson of client-sdk/src/json (core/json/parseJson.ts) instead').toEqual([]);
  });
});
