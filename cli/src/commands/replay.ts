import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';
import { deliveryColumns } from '../log/columns.ts';
import { confirm } from '../settings/confirm.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { sayJson, tell } from '../terminal/output.ts';
import { sayTable } from '../terminal/table.ts';

const maxIds = 100;

/** `everhook replay`: sends deliveries again. */
export function replay(program: Command): void {
  connected(
    program
      .command('replay')
      .description('sends the events of deliveries again, all or none')
      .argument('<ids...>', `ids of up to ${maxIds} deliveries`),
  )
    .option('--yes', 'asks nothing')
    .addHelpText(
      'after',
      `
Examples:
  everhook replay 0197b1c2-7a64-7d7e-9a5e-5ad0a2c3d1f0
  everhook deliveries --status failed --json | jq -r .id | xargs everhook replay`,
    )
    .action((ids: readonly string[], options: ConnectionOptions) =>
      withEverhook(options, async (connection) => {
        if (ids.length > maxIds) throw usageError(`Give at most ${maxIds} ids, or use \`everhook recover\`.`, 'ids');
        await confirm(
          options,
          connection,
          `Sends ${ids.length === 1 ? 'a delivery' : `${ids.length} deliveries`} again.`,
        );
        const { deliveries, skippedInboundIds } = await connection.everhook.deliveries.bulkReplay(ids);
        if (options.json) deliveries.forEach(sayJson);
        else sayTable(deliveryColumns, deliveries, 'Nothing was sent again.');
        for (const id of skippedInboundIds) tell(`${id} came in, and cannot be sent again.`);
      }),
    );
}
