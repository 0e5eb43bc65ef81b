import type { Logger as SdkLogger } from '@temporalio/worker';
import type { Logger } from 'pino';
import { outageOf } from '../../core/ground/outage.ts';
import { coreFailure } from './coreFailure.ts';

/** What the SDK logs of a worker's states and pollers is useful only when searching for a fault there. */
const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Warnings of the core that ask nobody to do anything: a task that came back to a server which had no more of it, as after an outage of
 * its database, is given out again.
 */
const harmless = new Set(['Task not found when completing']);

/** With a failure where our log expects one: so an outage is told of once a minute, and an activity's error has its message. */
function toldBy(meta: { readonly error?: unknown }): object {
  const { error, ...others } = meta;
  if (error instanceof Error) return { ...others, err: error };
  const err = coreFailure(error);
  return outageOf(err) ? { ...others, err } : meta;
}

/** What Temporal's SDK and its core log, in our log. */
export function sdkLog(log: Logger): SdkLogger {
  // Not a child: its level would not change with the log's.
  const at =
    (level: keyof typeof levels) =>
    (message: string, meta: { readonly error?: unknown } = {}): void => {
      log[harmless.has(message) ? 'debug' : levels[level]]({ ...toldBy(meta), component: 'temporal' }, message);
    };
  return {
    log: (level, message, meta) => at(level)(message, meta),
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  };
}
