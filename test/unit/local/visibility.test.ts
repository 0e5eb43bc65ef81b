import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

// Temporal's list of workflows lags behind, by seconds and more: what people see may come from it, what Everhook does may not.
it('nothing is decided from Temporal’s list of workflows: the product’s code never asks for it', async () => {
  let read = 0;
  for (const folder of ['core', 'server', 'schema', 'workflows', 'start']) {
    for (const entry of await readdir(join(packageRoot, folder), { recursive: true })) {
      if (!entry.endsWith('.ts')) continue;
      read++;
      const text = await readFile(join(packageRoot, folder, entry), 'utf8');
      const asked = text.match(/\.(list|count|scan)(Open|Closed)?Workflow(Execution)?s?\(|\bworkflow\.(list|count)\(/);
      expect(asked?.[0], join(folder, entry)).toBeUndefined();
    }
  }
  expect(read).toBeGreaterThan(200);
});
