import { type EventTypesPlan, JsonText } from '@everhook/sdk';
import type { ReadType } from '@everhook/sdk/catalogue';
import type { Command } from 'commander';
import { exactText, refusedNumbers } from '../exact/json.ts';
import { exactTwin } from '../exact/yaml.ts';
import { CliError, usageError } from '../exit/codes.ts';
import { wholeSource } from '../importing/wholeSource.ts';
import { confirm } from '../settings/confirm.ts';
import { type ConnectionOptions, connected, ownScope, withEverhook } from '../settings/connection.ts';
import { paint, plain, say, sayJson } from '../terminal/output.ts';

interface Options extends ConnectionOptions {
  readonly dryRun?: true;
}

type Planned = EventTypesPlan['types'][number];

/** The service takes no more at once, and all or none. */
const maxTypes = 500;

const signs = { ADDED: ['+', 'green'], CHANGED: ['~', 'yellow'], UNCHANGED: ['=', 'dim'] } as const;

function sayType({ name, change, breaks, refusal, warnings }: Planned): void {
  const [sign, colour] = signs[change];
  say(`  ${paint(colour, `${sign} ${change.toLowerCase()}`)}  ${plain(name)}`);
  for (const { direction, path, message } of breaks) {
    say(`      ${paint('red', 'breaks')} ${direction} ${plain(path)}: ${plain(message)}`);
  }
  for (const { field, message } of warnings)
    say(`      ${paint('yellow', 'warning')} ${plain(field)}: ${plain(message)}`);
  if (refusal) say(`      ${paint('red', 'refused')}: ${plain(refusal.message)}`);
}

/** As the file writes it: the numbers of an example arrive so. */
const withExactExample = (type: ReadType) =>
  typeof type.example === 'object' && type.example !== null
    ? { ...type, example: new JsonText(exactText(exactTwin(type.example))) }
    : type;

/** @throws CliError that names all numbers of examples that the product does not take */
function requireNumbers(types: readonly ReadType[]): void {
  const lines = types.flatMap(({ name, example }) =>
    [...refusedNumbers(exactTwin(example), 'example')].map(({ path, written, why }) =>
      plain(`${name}: ${path}: ${written} ${why}. Write it as text: "${written}".`),
    ),
  );
  if (lines.length > 0) throw new CliError(`${lines.join('\n')}\nNothing was taken.`);
}

const isChange = ({ change }: Planned): boolean => change !== 'UNCHANGED';

/** `everhook import`: event types out of files. */
export function importTypes(program: Command): void {
  connected(
    program
      .command('import')
      .description(
        'event types from OpenAPI 3, AsyncAPI 3, a folder of JSON Schemas or a module of Zod schemas; it shows a plan first',
      )
      .argument('<source>', 'a file or a folder')
      .option('--dry-run', 'shows the plan: added, changed, whom a change breaks; nothing is changed')
      .option('--yes', 'asks nothing'),
  )
    .addHelpText(
      'after',
      `
Examples:
  everhook import openapi.yaml --dry-run
  everhook import schemas/
  everhook import events.mjs --yes`,
    )
    .action((source: string, options: Options) =>
      withEverhook(options, async (connection) => {
        const types = await wholeSource(source);
        if (types.length > maxTypes)
          throw usageError(`${source} has ${types.length} types: at most ${maxTypes} at once.`, 'source');
        requireNumbers(types);
        const { eventTypes } = connection.everhook;
        const wanted = { ...(await ownScope(connection)), types: types.map(withExactExample) };
        const plan = await eventTypes.plan(wanted);
        const changes = plan.types.filter(isChange);
        if (!options.json) {
          for (const type of plan.types) sayType(type);
          say(changes.length === 0 ? 'Nothing differs.' : `${changes.length} of ${types.length} types change.`);
        }
        const refused = plan.types.filter(({ refusal }) => refusal !== null);
        const end = (applied: boolean): void => {
          if (options.json) sayJson({ ...plan, applied });
        };
        if (refused.length > 0) {
          end(false);
          throw new CliError(
            `${refused.length} of ${types.length} types are refused: see above. Nothing was changed.`,
            1,
            refused[0]?.refusal?.field ?? undefined,
          );
        }
        if (options.dryRun || changes.length === 0) return end(false);
        const breaking = changes.filter(({ breaks }) => breaks.length > 0).length;
        const what = breaking > 0 ? `${breaking} changes break somebody.` : 'Changes these types.';
        await confirm(options, connection, what, { always: breaking > 0 });
        await eventTypes.apply(wanted);
        if (options.json) end(true);
        else say('Done.');
      }),
    );
}
