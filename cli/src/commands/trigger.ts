import { readFile } from 'node:fs/promises';
import { NotFoundError } from '@everhook/sdk';
import type { Command } from 'commander';
import { type Exact, exactOf, exactText, parseExact, setMember } from '../exact/json.ts';
import { CliError, exitCodes, usageError } from '../exit/codes.ts';
import { withExactExamples } from '../publishing/exactExamples.ts';
import { publishText } from '../publishing/publishText.ts';
import { confirm } from '../settings/confirm.ts';
import { type Connection, type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { pairs } from '../settings/values.ts';
import { readInput } from '../terminal/ask.ts';
import { plain, say, sayJson } from '../terminal/output.ts';

interface Options extends ConnectionOptions {
  readonly data?: Readonly<Record<string, string>>;
  readonly fromFile?: string;
  readonly label?: Readonly<Record<string, string>>;
}

async function textOf(file: string): Promise<string> {
  try {
    return file === '-' ? await readInput() : await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`The data cannot be read: ${(error as Error).message}`, '--from-file');
  }
}

async function exampleOf({ everhook, ...place }: Connection, type: string): Promise<string> {
  const { scope } = place;
  try {
    const found = await everhook.eventTypes.get(type, scope);
    const [exact] = await withExactExamples(place, scope, [found]);
    // Without an example, an object to which --data can be added.
    return exact?.example == null ? '{}' : exactText(exact.example);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new CliError(
      `There is no event type "${plain(type)}" here. \`everhook apply\` and \`everhook import\` make types.`,
      exitCodes.notFound.code,
      'type',
    );
  }
}

/** The data's JSON text. What a file says stays as it is, but for the members that --data sets. */
async function dataOf(connection: Connection, type: string, { data, fromFile }: Options): Promise<string> {
  const text = fromFile === undefined ? await exampleOf(connection, type) : await textOf(fromFile);
  let value: Exact;
  try {
    value = parseExact(text);
  } catch (error) {
    throw usageError(`The data is not JSON: ${(error as Error).message}`, '--from-file');
  }
  if (data === undefined) return text;
  if (typeof value !== 'object' || value === null) {
    throw usageError('--data sets members of an object, and the data is none.', '--data');
  }
  for (const [path, given] of Object.entries(data)) {
    const problem = setMember(value, path, exactOf(given));
    if (problem !== null) throw usageError(problem, `--data ${path}`);
  }
  return exactText(value);
}

/** `everhook trigger`: publishes an event. */
export function trigger(program: Command): void {
  connected(
    program
      .command('trigger')
      .description("publishes an event, with its type's example as data")
      .argument('<type>', 'the event type, such as order.paid')
      .option('--data <path=value>', 'sets a member of the data: JSON, or text; several times', pairs)
      .option('--from-file <file>', 'the data as JSON in place of the example; -: from stdin')
      .option('--label <key=value>', 'labels the event; several times', pairs)
      .option('--yes', 'asks nothing'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everhook trigger order.paid
  everhook trigger order.paid --data amount=12.50 --data customer.name=Ada --label customer=c_42
  everhook trigger order.paid --from-file order.json`,
    )
    .action((type: string, options: Options) =>
      withEverhook(options, async (connection) => {
        const data = await dataOf(connection, type, options);
        await confirm(options, connection, `Publishes ${plain(type)}.`);
        const event = await publishText(connection, { type, data, labels: options.label });
        if (options.json) sayJson(event);
        else
          say(
            `Published ${plain(event.type)}: ${event.id}\n\`everhook deliveries --event ${event.id}\` shows what became of it.`,
          );
      }),
    );
}
