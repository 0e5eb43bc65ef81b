import type { DeliveryStatus } from '@everhook/sdk';
import type { Command } from 'commander';
import { oneOf, pairs, several, text, time, wholeNumber } from '../settings/values.ts';

const statuses: readonly DeliveryStatus[] = [
  'PENDING',
  'SENDING',
  'RETRYING',
  'HELD',
  'DELIVERED',
  'FAILED',
  'CANCELLED',
];

/** Conditions of the delivery log, as options give them. */
export interface DeliveryConditions {
  readonly webhook?: string;
  readonly event?: string;
  readonly type?: readonly string[];
  readonly status?: readonly DeliveryStatus[];
  readonly code?: number;
  readonly label?: Readonly<Record<string, string>>;
  readonly since?: Date;
  readonly until?: Date;
}

const status = oneOf(statuses);

export const withStatus = (command: Command): Command =>
  command.option('--status <status>', 'only of this status; several times: any of them', several(status));

export const withLabels = (command: Command): Command =>
  command.option('--label <key=value>', 'only with this label; several times: all of them', pairs);

export const withPeriod = (command: Command): Command =>
  command
    .option('--since <time>', 'created at this time or later: a time, or how long ago (90m, 2d)', time)
    .option('--until <time>', 'created before this time', time);

/** Adds the options of {@link DeliveryConditions}. */
export const withConditions = (command: Command): Command =>
  withPeriod(
    withLabels(
      withStatus(
        command
          .option('--webhook <id>', 'only to this webhook')
          .option('--event <id>', 'only of this event, with its replays')
          .option('--type <type>', 'only of this event type; several times: any of them', several(text))
          .option('--code <code>', 'only with this response code', wholeNumber(100, 599)),
      ),
    ),
  );

/** The conditions as the SDK takes them. */
export const filterOf = ({ webhook, event, type, status: wanted, code, label, since, until }: DeliveryConditions) => ({
  webhookId: webhook,
  eventId: event,
  eventTypes: type,
  statuses: wanted,
  responseCode: code,
  labels: label,
  from: since,
  to: until,
});
