import { hostname } from 'node:os';
import type { Profile } from '@everhook/sdk';
import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';
import { untilInterrupted } from '../exit/interrupt.ts';
import { closeConnections } from '../listen/forward.ts';
import { localUrl, type Route, route } from '../listen/routes.ts';
import { withSecret } from '../listen/secret.ts';
import { listenUntil } from '../listen/session.ts';
import { voiceOf } from '../listen/voice.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { oneOf, several, text, wholeNumber } from '../settings/values.ts';

const profiles: readonly Profile[] = [
  'STANDARD',
  'PLANE',
  'ONPLANA',
  'PLANE_CONNECTION',
  'TASKS',
  'TESTPLANIT',
  'SLACK',
];

/** A call whose connection died without a word is repeated so soon, in milliseconds. */
const callTimeoutMs = 10_000;

interface Options extends ConnectionOptions {
  readonly to?: string;
  readonly route?: readonly Route[];
  readonly events?: readonly string[];
  readonly profile?: Profile;
  readonly secret?: string;
  readonly timeout: number;
}

/** The patterns of types to listen to. With routes alone, those of the routes. */
function patternsOf({ to, route: routes, events }: Options): readonly string[] {
  if (to === undefined && routes === undefined) {
    throw usageError('Say where to send: --to http://localhost:3000/hooks.', '--to');
  }
  if (events !== undefined) return events;
  return to === undefined ? (routes ?? []).map(({ pattern }) => pattern) : [];
}

/** `everhook listen`: events on the developer's own machine. */
export function listen(program: Command): void {
  connected(
    program
      .command('listen')
      .description('brings events to your own machine as signed requests, until Ctrl-C; no tunnel is needed')
      .option('--to <url>', 'where to send them, such as http://localhost:3000/hooks or :3000/hooks', localUrl)
      .option('--events <pattern>', 'only of these types, such as order.*; several times: any of them', several(text))
      .option('--route <type=url>', 'sends a type or pattern elsewhere; several times: the first that fits', route)
      .option('--profile <profile>', "the wire format (default: the project's)", oneOf(profiles))
      .option('--secret <secret>', 'signs the requests (default: EVERHOOK_LISTEN_SECRET, or that of the last start)')
      .option('--timeout <ms>', 'how long your server may take', wholeNumber(1, 60_000), 30_000),
  )
    .addHelpText(
      'after',
      `
Examples:
  everhook listen --to http://localhost:3000/hooks
  everhook listen --to :3000/hooks --events 'order.*' --route invoice.paid=http://localhost:4000/
  everhook listen --to :3000/hooks --json    one line for each thing; the first has the secret`,
    )
    .action((options: Options) =>
      withEverhook(
        options,
        async (connection) => {
          const eventTypes = patternsOf(options);
          const { to, profile } = options;
          const input = {
            ...connection.scope,
            name: `${process.env.USER ?? process.env.USERNAME ?? 'CLI'} on ${hostname()}`.slice(0, 200),
            eventTypes,
            ...(profile !== undefined && { profile }),
            target: to ?? options.route?.[0]?.url,
          };
          const { listeners } = connection.everhook;
          let secret: string | undefined;
          const make = async () => {
            const made = await withSecret(connection, profile, options.secret, secret, (own) =>
              listeners.create({ ...input, ...(own !== undefined && { secret: own }) }),
            );
            // Also where there is no file that remembers it.
            secret = made.secret ?? undefined;
            return made;
          };
          const session = {
            connection,
            voice: voiceOf(options.json),
            routes: options.route ?? [],
            to,
            timeoutMs: options.timeout,
            make,
          };
          try {
            await untilInterrupted((signal) => listenUntil(signal, session));
          } finally {
            closeConnections();
          }
        },
        { timeoutMs: callTimeoutMs },
      ),
    );
}
