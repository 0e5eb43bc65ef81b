import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
/** The parts that read what tenants, trackers and other strangers wrote. */
const folders = ['core', 'server', 'schema', 'workflows', 'client-sdk/src', 'dashboard/src'];
/** The reader itself; and what is known to be our own file. */
const allowed = new Set(['client-sdk/src/json/parseJson.ts', 'core/ground/version.ts']);

const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|[\\/])(generated|prisma)[\\/]/.test(name))
    .map((name) => join(folder, name).replaceAll('\\', '/')),
);

describe('JSON from outside', () => {
  it('is read by the one reader, which no engine’s fault reaches: neither JSON.parse nor response.json()', () => {
    expect(sources.length).toBeGreaterThan(300);
    const others = sources.filter((path) => {
      const code = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return !allowed.has(path) && /\bJSON\s*\.\s*parse\b|\bJSON\s*\[|\.json\(\)/.test(code);
    });
    expect(others, 'read it by parseJson of client-sdk/src/json (core/json/parseJson.ts) instead').toEqual([]);
  });
});
