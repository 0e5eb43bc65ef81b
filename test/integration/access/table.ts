import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

/** The tables of docs/access.md: what each principal gets for each row, under the heading of the table. */
export async function readTable(heading: string): Promise<Map<string, Record<string, string>>> {
  const text = await readFile(join(packageRoot, 'docs', 'access.md'), 'utf8');
  const section = text.split(/^#{2,} /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/access.md has no section "${heading}".`);
  const [head, , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  const [, ...columns] = head ?? [];
  return new Map(
    rows.map(([name = '', ...cells]) => [
      name,
      Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
    ]),
  );
}
