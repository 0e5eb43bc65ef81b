import type { Command } from 'commander';
import { eventColumns } from '../log/columns.ts';
import { withLabels, withPeriod } from '../log/filters.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { several, text, wholeNumber } from '../settings/values.ts';
import { sayJson, tell } from '../terminal/output.ts';
import { sayTable } from '../terminal/table.ts';

interface Options extends ConnectionOptions {
  readonly limit: number;
  readonly type?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly since?: Date;
  readonly until?: Date;
  readonly unmatched?: true;
}

/** `everhook events`: what was published. */
export function events(program: Command): void {
  const command = program
    .command('events')
    .description('what was published, newest first')
    .option('--limit <number>', 'at most so many', wholeNumber(1, 10_000), 20)
    .option('--type <type>', 'only of this type; several times: any of them', several(text))
    .option('--unmatched', 'only those that no webhook took');
  connected(withPeriod(withLabels(command)))
    .addHelpText(
      'after',
      `
Examples:
  everhook events --type order.paid --label customer=c_42
  everhook events --unmatched --since 1d`,
    )
    .action((options: Options) =>
      withEverhook(options, async ({ everhook, scope }) => {
        const { limit, json, type, label, since, until, unmatched } = options;
        const filter = { eventTypes: type, labels: label, from: since, to: until, matchedNoWebhook: unmatched };
        const found = await everhook.events
          .list({ ...scope, ...filter })
          .take(limit)
          .toArray();
        if (json) return found.forEach(sayJson);
        sayTable(eventColumns, found, 'No event fits.');
        if (found.length === limit) tell(`These are the newest ${limit}; --limit shows more.`);
      }),
    );
}
