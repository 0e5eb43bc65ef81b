import type { Recoverable, Recovery, RecoveryKind } from '@everhook/sdk';
import type { Command } from 'commander';
import { CliError, usageError } from '../exit/codes.ts';
import { onInterrupt } from '../exit/interrupt.ts';
import { type DeliveryConditions, withLabels, withPeriod } from '../log/filters.ts';
import { confirm } from '../settings/confirm.ts';
import { type ConnectionOptions, connected, type Scope, withEverhook } from '../settings/connection.ts';
import { oneOf, several, text } from '../settings/values.ts';
import { say, sayJson, tell } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

interface Options
  extends ConnectionOptions,
    Pick<DeliveryConditions, 'webhook' | 'type' | 'label' | 'since' | 'until'> {
  readonly include?: readonly RecoveryKind[];
  readonly dryRun?: true;
}

const kinds: readonly RecoveryKind[] = ['FAILED', 'CANCELLED', 'MISSED'];

function selectionOf({ webhook, type, label, since, until, include }: Options, scope: Scope) {
  const period = { since, until, include };
  if (webhook !== undefined) {
    if (type !== undefined || label !== undefined) {
      throw usageError('--type and --label select among all webhooks: leave --webhook out.', '--webhook');
    }
    return { webhookId: webhook, ...period };
  }
  return { filter: { ...scope, eventTypes: type, labels: label }, ...period };
}

function countsOf({ total, failed, cancelled, missed, isAtLeast }: Recoverable): string {
  return `${isAtLeast ? 'At least ' : ''}${total} to send again: ${failed} failed, ${cancelled} cancelled, ${missed} missed.`;
}

const shareOf = ({ recovered, total, totalIsAtLeast }: Recovery): string =>
  `${recovered} of ${total ?? '?'}${totalIsAtLeast ? ' or more' : ''}`;

/** `everhook recover`: sends again what failed, was cancelled or missed. */
export function recover(program: Command): void {
  const command = program
    .command('recover')
    .description('sends again what failed or was cancelled, and what webhooks missed; it counts first')
    .option('--webhook <id>', 'only of this webhook')
    .option('--type <type>', 'only of this event type; several times: any of them', several(text))
    .option('--include <kind>', 'FAILED, CANCELLED or MISSED; several times: any of them', several(oneOf(kinds)))
    .option('--dry-run', 'counts, and sends nothing')
    .option('--yes', 'asks nothing');
  connected(withPeriod(withLabels(command)))
    .addHelpText(
      'after',
      `
Examples:
  everhook recover --since 6h --dry-run
  everhook recover --webhook 0197b1c2-… --include failed --yes`,
    )
    .action((options: Options) =>
      withEverhook(options, async (connection) => {
        const { recoveries } = connection.everhook;
        // Counted and sent by the same bounds.
        const selection = selectionOf({ until: new Date(), ...options }, connection.scope);
        const counts = await recoveries.recoverable(selection);
        if (options.json && (options.dryRun || counts.total === 0)) return sayJson({ recoverable: counts });
        if (!options.json) say(countsOf(counts));
        if (options.dryRun || counts.total === 0) return;
        await confirm(options, connection, `Sends ${counts.total} again.`, { always: true });
        const { id } = await recoveries.start(selection);
        const takeBack = onInterrupt(() => tell(`The recovery ${id} goes on; the dashboard shows it, and can end it.`));
        const progress = new Progress();
        let last: Recovery | undefined;
        for await (const state of recoveries.watch(id)) {
          last = state;
          progress.show(`Sent again: ${shareOf(state)}`);
        }
        progress.end();
        takeBack();
        if (last === undefined) throw new CliError(`The recovery ${id} cannot be followed; the dashboard shows it.`);
        if (options.json) sayJson({ recoverable: counts, recovery: last });
        else say(`${last.state}: ${shareOf(last)} sent again.`);
        if (last.state !== 'FINISHED') throw new CliError(last.reason ?? `The recovery ended as ${last.state}.`);
      }),
    );
}
