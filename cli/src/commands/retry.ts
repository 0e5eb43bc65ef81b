import { EverhookError } from '@everhook/sdk';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit/codes.ts';
import { deliveryColumns } from '../log/columns.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { plain, sayJson, tell } from '../terminal/output.ts';
import { sayTable } from '../terminal/table.ts';

/** `everhook retry`: the next attempt comes now. */
export function retry(program: Command): void {
  connected(
    program
      .command('retry')
      .description('attempts waiting deliveries now; they keep their places in the schedule')
      .argument('<ids...>', 'ids of deliveries'),
  )
    .addHelpText('after', '\nExample:\n  everhook retry 0197b1c2-7a64-7d7e-9a5e-5ad0a2c3d1f0')
    .action((ids: readonly string[], options: ConnectionOptions) =>
      withEverhook(options, async ({ everhook }) => {
        const done = [];
        const failed: EverhookError[] = [];
        for (const id of ids) {
          try {
            done.push(await everhook.deliveries.retry(id));
          } catch (error) {
            if (!(error instanceof EverhookError) || ids.length === 1) throw error;
            failed.push(error);
            tell(plain(`${id}: ${error.message}`));
          }
        }
        if (options.json) done.forEach(sayJson);
        else sayTable(deliveryColumns, done, 'Nothing was retried.');
        if (failed.length > 0) {
          const allMissing = failed.every(({ code }) => code === 'NOT_FOUND');
          const { code } = allMissing ? exitCodes.notFound : exitCodes.failure;
          throw new CliError(`${failed.length} of ${ids.length} were not retried: see above.`, code);
        }
      }),
    );
}
