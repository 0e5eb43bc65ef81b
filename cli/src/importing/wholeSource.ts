import type { ReadType } from '@everhook/sdk/catalogue';
import { CliError } from '../exit/codes.ts';
import { plain } from '../terminal/output.ts';
import { readSource } from './source.ts';

/** All types of a source. @throws CliError that names the place of everything that cannot be taken: nothing is taken half */
export async function wholeSource(name: string): Promise<readonly ReadType[]> {
  const { types, problems } = await readSource(name);
  if (problems.length === 0) return types;
  const lines = problems.map(({ place, message }) => plain(`${place}: ${message}`));
  throw new CliError(`${lines.join('\n')}\nNothing was taken of it.`, 1, problems[0]?.place);
}
