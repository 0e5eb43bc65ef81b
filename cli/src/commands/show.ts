import { type DeliveryDetail, type Event, type Everhook, NotFoundError, type WebhookDetail } from '@everhook/sdk';
import type { Command } from 'commander';
import { exactText, parseExact } from '../exact/json.ts';
import { CliError, exitCodes } from '../exit/codes.ts';
import { milliseconds, shortTime } from '../log/columns.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { paint, paintStatus, plain, say, sayJson } from '../terminal/output.ts';

type Found =
  | { readonly kind: 'delivery'; readonly delivery: DeliveryDetail }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'webhook'; readonly webhook: WebhookDetail };

const orNull = <Result>(call: Promise<Result>): Promise<Result | null> =>
  call.catch((error: unknown) => {
    if (error instanceof NotFoundError) return null;
    throw error;
  });

/** With the numbers of its data as they were published. */
async function withExactData(events: Everhook['events'], event: Event): Promise<Event> {
  if (event.data === null) return event;
  const { dataText } = await events.getText(event.id);
  return dataText === null ? event : { ...event, data: parseExact(dataText) };
}

async function find({ deliveries, events, webhooks }: Everhook, id: string): Promise<Found> {
  const delivery = await orNull(deliveries.get(id));
  if (delivery) return { kind: 'delivery', delivery };
  const event = await orNull(events.get(id));
  if (event) return { kind: 'event', event: await withExactData(events, event) };
  const webhook = await orNull(webhooks.get(id));
  if (webhook) return { kind: 'webhook', webhook };
  throw new CliError(
    `No delivery, event or webhook has the id "${plain(id)}", or this key may not see it.`,
    exitCodes.notFound.code,
    'id',
  );
}

function sayFields(fields: Readonly<Record<string, string | number | null | undefined>>): void {
  const shown = Object.entries(fields).filter(([, value]) => value != null && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) say(`${paint('dim', name.padEnd(width))}  ${value}`);
}

const clean = (value: string | null | undefined): string | undefined => (value == null ? undefined : plain(value));

/** JSON with line ends of its own; other control characters stay escapes. */
const sayBody = (body: string): void => body.split('\n').forEach((line) => void say(`  ${plain(line)}`));

function showDelivery(delivery: DeliveryDetail): void {
  const { id, status, statusReason, eventType, webhook, event, createdAt, nextAttemptAt, request, attempts } = delivery;
  sayFields({
    delivery: id,
    status: paintStatus(status),
    reason: clean(statusReason),
    type: clean(eventType),
    event: event?.id,
    webhook: webhook && `${plain(webhook.name)} (${webhook.id})`,
    created: shortTime(createdAt),
    'next attempt': shortTime(nextAttemptAt),
    'replay of': delivery.replayOf?.id,
    'no replay': clean(delivery.noReplayBecause),
  });
  if (request) {
    say(`\n${paint('bold', `${request.method} ${plain(request.url ?? '')}`)}`);
    for (const { name, value } of request.headers ?? [])
      say(`  ${paint('dim', plain(name))}: ${plain(value ?? '(hidden)')}`);
    if (request.body !== null) {
      say('');
      sayBody(request.body);
    }
  }
  for (const { number, startedAt, durationMs, outcome, responseCode, responseBody, error } of attempts) {
    const said = [`attempt ${number}`, shortTime(startedAt), outcome, responseCode, milliseconds(durationMs)];
    say(`\n${paint('bold', said.filter((part) => part != null && part !== '').join('  '))}`);
    if (error) say(`  ${plain(error)}`);
    if (responseBody) sayBody(responseBody);
  }
}

function show(found: Found): void {
  if (found.kind === 'delivery') {
    showDelivery(found.delivery);
  } else if (found.kind === 'event') showEvent(found.event);
  else showWebhook(found.webhook);
}

function showEvent(event: Event): void {
  const { id, type, createdAt, occurredAt, labels, data, erasedAt } = event;
  sayFields({
    event: id,
    type: clean(type),
    created: shortTime(createdAt),
    occurred: shortTime(occurredAt),
    labels: plain(
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    ),
    erased: shortTime(erasedAt),
  });
  say('');
  sayBody(exactText(data, 2));
}

function showWebhook(webhook: WebhookDetail): void {
  const { id, name, url, profile, health, healthReason, active, pausedAt, eventTypes, heldCount } = webhook;
  sayFields({
    webhook: id,
    name: clean(name),
    url: clean(url),
    profile,
    health,
    reason: clean(healthReason),
    active: active ? 'yes' : 'no',
    paused: shortTime(pausedAt),
    held: heldCount,
    types: plain(eventTypes.join(', ')) || 'all',
  });
}

/** `everhook show`: all about one thing. */
export function showOne(program: Command): void {
  connected(
    program
      .command('show')
      .description('a delivery with its request and attempts, an event with its data, or a webhook')
      .argument('<id>', 'its id'),
  )
    .addHelpText('after', '\nExample:\n  everhook show 0197b1c2-7a64-7d7e-9a5e-5ad0a2c3d1f0')
    .action((id: string, options: ConnectionOptions) =>
      withEverhook(options, async ({ everhook }) => {
        const found = await find(everhook, id);
        if (options.json) sayJson(found);
        else show(found);
      }),
    );
}
