import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

/** What it tells of a worker's states and pollers is of use to who looks for a fault there alone. */
const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Has Temporal's SDK, whose core is not JavaScript, log into ours, and leaves the signals to us. To be called before anything
 * else of that SDK is used.
 */
export function logTemporalInto(log: Logger): void {
  const logger = log.child({ component: 'temporal' });
  const at = (level: keyof typeof levels) => (message: string, meta?: object) =>
    logger[levels[level]](meta ?? {}, message);
  Runtime.install({
    logger: {
      log: (level, message, meta) => at(level)(message, meta),
      trace: at('TRACE'),
      debug: at('DEBUG'),
      info: at('INFO'),
      warn: at('WARN'),
      error: at('ERROR'),
    },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
    shutdownSignals: [],
  });
}
