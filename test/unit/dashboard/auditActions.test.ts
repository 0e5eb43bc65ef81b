import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { auditActions } from '../../../dashboard/src/settings/auditActions.ts';

/** Every action that stands in a file which writes the audit log. */
function writtenActions(): string[] {
  const folder = join(packageRoot, 'core');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8')).filter((text) => text.includes('audit('));
  const literals = texts.flatMap((text) => [...text.matchAll(/'([a-z_]+)\.([a-z_]+)'/g)]);
  return literals.filter(([, what]) => what !== 'input').map(([, what, done]) => `${what}.${done}`);
}

test('the audit log’s filter offers every action that the server writes, and no other', () => {
  expect([...Object.values(auditActions)].flat().sort()).toEqual([...new Set(writtenActions())].sort());
});
