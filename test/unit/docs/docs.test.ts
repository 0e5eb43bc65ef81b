import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, noDatabaseParts } from '../../../core/composition/config.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

const read = (path: string) => readFile(join(packageRoot, path), 'utf8');

async function pages(): Promise<string[]> {
  const inDocs = await readdir(join(packageRoot, 'docs'), { recursive: true });
  const inRoot = await readdir(packageRoot);
  return [...inRoot, ...inDocs.map((name) => join('docs', name))].filter((name) => name.endsWith('.md'));
}

/** A heading as the fragment that leads to it. */
const fragmentOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** What an environment comes to; null where it needs more. */
function configOf(env: NodeJS.ProcessEnv) {
  try {
    return loadConfig(env);
  } catch {
    return null;
  }
}

describe('the documentation', () => {
  it('links to files and headings that are there', async () => {
    const broken: string[] = [];
    for (const page of await pages()) {
      const text = (await read(page)).replace(/```[\s\S]*?```/g, '');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', fragment] = target.split('#');
        const path = file === '' ? page : relative('.', join(dirname(page), file));
        const there = existsSync(join(packageRoot, path));
        const headings = there && fragment !== undefined ? [...(await read(path)).matchAll(/^#+ (.*)$/gm)] : [];
        const found =
          fragment === undefined || headings.some(([, heading]) => fragmentOf(heading as string) === fragment);
        if (!there || !found) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('lists every decision', async () => {
    const index = await read('docs/decisions/README.md');
    const decisions = (await readdir(join(packageRoot, 'docs/decisions'))).filter((name) => /^\d/.test(name));
    expect(decisions.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });

  it('names every setting in .env.example, each with a value that is valid, and no other', async () => {
    // What is asked for an unknown setting lists all that are known.
    const known = await Promise.resolve()
      .then(() => loadConfig({ EVERHOOK_QQQQQQQQQQQQQQQQQQQQQQQQ: '1' }))
      .catch((error: Error) => /Known are (.*)\./.exec(error.message)?.[1]?.split(', '));
    const lines = [...(await read('.env.example')).matchAll(/^# ([A-Z_]+)=(.*)$/gm)];
    expect(lines.map(([, key]) => key).sort()).toEqual([...(known as string[])].sort());
    // Files of the reader's machine are not on this one.
    const values = lines.filter(([, key]) => !/_(FILE|PATH)$/.test(key as string));
    const env = Object.fromEntries(values.map(([, key, value]) => [key, value]));
    // One of the two ways to check tokens, and one of the two to name the database.
    const { DATABASE_URL, ...parts } = env;
    const whole = { ...env, ...noDatabaseParts };
    expect(() => loadConfig({ ...whole, EVERHOOK_JWT_SECRET: '' })).not.toThrow();
    expect(() => loadConfig({ ...parts, EVERHOOK_JWT_JWKS_URL: '', EVERHOOK_JWT_ALGORITHMS: '' })).not.toThrow();
  });

  it('says of every setting whether the value beside it is its default or an example', async () => {
    const wrong: string[] = [];
    let says = '';
    for (const line of (await read('.env.example')).split('\n')) {
      const [, key, value] = /^# ([A-Z_]+)=(.*)$/.exec(line) ?? [];
      if (key === undefined) {
        says = /\b(defaults?|for example):$/i.exec(line)?.[1]?.toLowerCase() ?? '';
        continue;
      }
      const isDefault = JSON.stringify(configOf({ [key]: value })) === JSON.stringify(configOf({}));
      if (says === '' || isDefault !== says.startsWith('default')) wrong.push(`${key}: ${says || 'nothing is said'}`);
    }
    expect(wrong).toEqual([]);
  });
});
