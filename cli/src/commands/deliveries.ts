import type { Command } from 'commander';
import { deliveryColumns } from '../log/columns.ts';
import { type DeliveryConditions, filterOf, withConditions } from '../log/filters.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { wholeNumber } from '../settings/values.ts';
import { sayJson, tell } from '../terminal/output.ts';
import { sayTable } from '../terminal/table.ts';

interface Options extends ConnectionOptions, DeliveryConditions {
  readonly limit: number;
}

/** `everhook deliveries`: the delivery log. */
export function deliveries(program: Command): void {
  const command = program
    .command('deliveries')
    .description('the delivery log, newest first')
    .option('--limit <number>', 'at most so many', wholeNumber(1, 10_000), 20);
  connected(withConditions(command))
    .addHelpText(
      'after',
      `
Examples:
  everhook deliveries --status failed --since 1h
  everhook deliveries --event 0197b1c2-… --json | jq .status`,
    )
    .action((options: Options) =>
      withEverhook(options, async ({ everhook, scope }) => {
        const { limit, json } = options;
        const found = await everhook.deliveries
          .list({ ...scope, ...filterOf(options) })
          .take(limit)
          .toArray();
        if (json) return found.forEach(sayJson);
        sayTable(deliveryColumns, found, 'No delivery fits.');
        if (found.length === limit) tell(`These are the newest ${limit}; --limit shows more.`);
      }),
    );
}
