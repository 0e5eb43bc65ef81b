import { readFile, writeFile } from 'node:fs/promises';
import { CatalogueError, generateTypes } from '@everhook/sdk/catalogue';
import type { Command } from 'commander';
import { CliError } from '../exit/codes.ts';
import { type Connection, type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { plain, tell } from '../terminal/output.ts';

interface Options extends ConnectionOptions {
  readonly out?: string;
  readonly check?: true;
}

/** The project's or organization's types as TypeScript. */
async function textOf({ everhook, scope, url }: Connection): Promise<string> {
  const { project, organization } = Object.keys(scope).length === 0 ? await everhook.viewer() : {};
  const asked =
    project != null ? { projectId: project.id } : organization != null ? { organizationId: organization.id } : scope;
  const types = await everhook.eventTypes.list(asked);
  const source = `${url.replace(/\/graphql\/?$/, '')}, ${Object.entries(asked)
    .map(([name, id]) => `${name} ${id}`)
    .join(' ')}`;
  try {
    return await generateTypes(types, { source });
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
      .option('--out <file>', 'writes there in place of stdout')
      .option('--check', 'writes nothing, and ends with 1 where the file is not up to date, for CI'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everhook generate --out src/events.ts
  everhook generate --out src/events.ts --check`,
    )
    .action((options: Options) =>
      withEverhook(options, async (connection) => {
        const { out, check } = options;
        const text = await textOf(connection);
        if (out === undefined) process.stdout.write(text);
        else if (check) {
          const now = await readFile(out, 'utf8').catch(() => null);
          if (now !== text) throw new CliError(`${out} is not up to date: run \`everhook generate --out ${out}\`.`);
        } else {
          await writeFile(out, text);
          tell(`Wrote ${out}.`);
        }
      }),
    );
}
