import type { DeliveryUpdate } from '@everhook/sdk';
import type { Command } from 'commander';
import { untilInterrupted } from '../exit/interrupt.ts';
import { milliseconds } from '../log/columns.ts';
import { type DeliveryConditions, withLabels, withStatus } from '../log/filters.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { matches, several, text, wholeNumber } from '../settings/values.ts';
import { paint, paintStatus, plain, say, sayJson, tell } from '../terminal/output.ts';

interface Options extends ConnectionOptions, Pick<DeliveryConditions, 'webhook' | 'status' | 'label'> {
  readonly events?: readonly string[];
  readonly count?: number;
}

function lineOf({
  id,
  eventType,
  status,
  webhook,
  responseCode,
  responseTimeMs,
  attemptCount,
}: DeliveryUpdate): string {
  return [
    paint('dim', new Date().toISOString().slice(11, 19)),
    plain(eventType),
    paintStatus(status),
    plain(webhook?.name ?? ''),
    responseCode ?? '',
    milliseconds(responseTimeMs),
    attemptCount > 1 ? `attempt ${attemptCount}` : '',
    paint('dim', id),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

/** `everhook tail`: deliveries as they change. */
export function tail(program: Command): void {
  const command = program
    .command('tail')
    .description('deliveries as they change, until Ctrl-C')
    .option('--webhook <id>', 'only to this webhook')
    .option('--events <pattern>', 'only of these types, such as order.*; several times: any of them', several(text))
    .option('--count <number>', 'ends after so many', wholeNumber(1, 1_000_000));
  connected(withLabels(withStatus(command)))
    .addHelpText(
      'after',
      `
Examples:
  everhook tail --status failed --status retrying
  everhook tail --events 'order.*' --json`,
    )
    .action((options: Options) =>
      withEverhook(options, ({ everhook, scope }) =>
        untilInterrupted(async (signal) => {
          const { webhook, status, label, events, count, json } = options;
          let lost = false;
          const onConnection = (connected: boolean) => {
            if (signal.aborted) return;
            if (!connected) tell('The connection was lost. Connecting again; nothing is missed.');
            else if (lost) tell('Connected again.');
            lost = !connected;
          };
          const filter = { ...scope, webhookId: webhook, statuses: status, labels: label };
          const onMissed = () =>
            tell('The connection was away for more than 7 days: see what changed meanwhile by `everhook deliveries`.');
          const watch = everhook.deliveries.watch(filter, { signal, onConnection, onMissed });
          await watch.ready;
          if (!json) tell('Waiting for deliveries. Ctrl-C ends this.');
          let seen = 0;
          for await (const update of watch) {
            if (events !== undefined && !events.some((pattern) => matches(pattern, update.eventType))) continue;
            if (json) sayJson(update);
            else say(lineOf(update));
            if (++seen === count) break;
          }
        }),
      ),
    );
}
