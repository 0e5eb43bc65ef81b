import { readFile } from 'node:fs/promises';
import { CatalogueError, type CatalogueType, generateTypes } from '@everhook/sdk/catalogue';
import type { Command } from 'commander';
import { CliError, usageError } from '../exit/codes.ts';
import { wholeSource } from '../importing/wholeSource.ts';
import { type ConnectionOptions, connected, ownScope, withEverhook } from '../settings/connection.ts';
import { oneOf } from '../settings/values.ts';
import { plain, plainLines, tell } from '../terminal/output.ts';
import { writeOut } from '../terminal/writeOut.ts';

interface Options extends ConnectionOptions {
  readonly from?: string;
  readonly out?: string;
  readonly check?: true;
  readonly unnamedMembers: 'ALLOWED' | 'REFUSED';
}

/** The types that can be published, out of the running product or of files. */
async function typesOf(options: Options): Promise<{ types: readonly CatalogueType[]; source: string }> {
  const { from } = options;
  if (from !== undefined) return { types: await wholeSource(from), source: from };
  return withEverhook(options, async (connection) => {
    const scope = await ownScope(connection);
    const types = await connection.everhook.eventTypes.list(scope);
    const [where] = Object.entries(scope).map(([name, id]) => `${name.replace(/Id$/, '')} ${id}`);
    return { types, source: `${connection.url.replace(/\/graphql\/?$/, '')}, ${where}` };
  });
}

async function textOf(options: Options): Promise<string> {
  const { types, source } = await typesOf(options);
  try {
    const unnamedMembers = options.unnamedMembers === 'REFUSED' ? 'refused' : 'allowed';
    return await generateTypes(types, { source, unnamedMembers });
  } catch (error) {
    if (error instanceof CatalogueError) throw new CliError(plain(error.message), 1, error.place);
    throw error;
  }
}

/** `everhook generate`: TypeScript of the catalogue. */
export function generate(program: Command): void {
  connected(
    program
      .command('generate')
      .description('TypeScript of the event types, for `new Everhook<Events>()` and the verifiers')
      .option('--from <source>', 'a file or folder as `import` takes it, in place of the running product')
      .option('--out <file>', 'writes there in place of stdout')
      .option(
        '--unnamed-members <word>',
        'refused: a member that a schema does not name, such as a misspelt one, is an error',
        oneOf(['ALLOWED', 'REFUSED']),
        'ALLOWED',
      )
      .option('--check', 'writes nothing, and ends with 1 where the file is not up to date, for CI'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everhook generate --out src/events.ts
  everhook generate --from schemas/ --out src/events.ts
  everhook generate --out src/events.ts --check`,
    )
    .action(async (options: Options) => {
      const { out, check } = options;
      if (check && out === undefined) throw usageError('Name the file to compare: --out src/events.ts.', '--out');
      // In TypeScript's strings an escape means the same.
      const text = plainLines(await textOf(options));
      if (out === undefined) process.stdout.write(text);
      else if (check) {
        const now = await readFile(out, 'utf8').catch(() => null);
        if (now !== text)
          throw new CliError(`${out} is not up to date: run \`everhook generate --out ${out}\` with the same options.`);
      } else {
        await writeOut(out, text);
        tell(`Wrote ${plain(out)}.`);
      }
    });
}
