import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

it('every transaction of configuration waits for its organization’s turn: none bypasses the queue', () => {
  const sources = ['core', 'server', 'schema', 'workflows'].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith(join('store', 'prisma')))
      .map((name) => join(folder, name)),
  );
  const begin = sources.filter((name) => readFileSync(join(packageRoot, name), 'utf8').includes('$transaction('));
  expect(begin).toEqual([join('core', 'store', 'transaction.ts')]);
});
