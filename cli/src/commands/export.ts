import type { Command } from 'commander';
import { readPresent } from '../apply/present.ts';
import { exactText, parseExact } from '../exact/json.ts';
import { usageError } from '../exit/codes.ts';
import { configurationOf } from '../exporting/configuration.ts';
import { yamlText } from '../exporting/yamlText.ts';
import { type Connection, type ConnectionOptions, connected, ownScope, withEverhook } from '../settings/connection.ts';
import { callRest } from '../settings/rest.ts';
import { oneOf } from '../settings/values.ts';
import { plain, plainLines, tell } from '../terminal/output.ts';
import { writeOut } from '../terminal/writeOut.ts';

type Format = 'YAML' | 'OPENAPI' | 'ASYNCAPI';

interface Options extends ConnectionOptions {
  readonly format: Format;
  readonly out?: string;
}

/** JSON for people. */
const jsonText = (value: unknown): string => `${plainLines(exactText(value, 2))}\n`;

/** What an export says, and what it leaves out. */
async function exported(
  connection: Connection,
  { format, json }: Options,
): Promise<{ text: string; leftOut: readonly string[] }> {
  if (format !== 'YAML') {
    const scope = await ownScope(connection);
    if (scope.projectId === undefined) {
      throw usageError('OpenAPI and AsyncAPI describe one project: name it by --project.', '--project');
    }
    const document = await callRest({ ...connection, scope }, `/v1/${format.toLowerCase()}.json`);
    return { text: jsonText(parseExact(document)), leftOut: [] };
  }
  const { content, leftOut } = configurationOf(await readPresent(connection, {}));
  return { text: json ? jsonText(content) : yamlText(content), leftOut };
}

/** `everhook export`: the present state as a file for `apply`, or the catalogue for other tools. */
export function exportConfiguration(program: Command): void {
  connected(
    program
      .command('export')
      .description(
        'the present types, projects, webhooks and themes as a file for `apply`, without secrets; or the types for other tools',
      )
      .option(
        '--format <format>',
        'yaml, openapi (3.1) or asyncapi (3)',
        oneOf<Format>(['YAML', 'OPENAPI', 'ASYNCAPI']),
        'YAML',
      )
      .option('--out <file>', 'writes there in place of stdout'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  everhook export --out everhook.yaml\n  everhook export --format openapi --out openapi.json',
    )
    .action((options: Options) =>
      withEverhook(options, async (connection) => {
        const { text, leftOut } = await exported(connection, options);
        if (options.out === undefined) process.stdout.write(text);
        else await writeOut(options.out, text);
        for (const thing of leftOut) tell(`Left out, because it has no externalId: ${plain(thing)}`);
      }),
    );
}
