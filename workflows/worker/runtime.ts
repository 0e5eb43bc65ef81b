import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { onFreePorts, PortTaken } from '../../core/ground/freePorts.ts';
import { withTimeout } from '../../core/ground/withTimeout.ts';
import { sdkLog } from './sdkLog.ts';

/** How long the core may take to answer with its metrics, in milliseconds. */
const timeoutMs = 2_000;

/** How often the core may find its port taken a moment later. */
const maxTries = 10;

/** The metrics of Temporal's SDK, as text in Prometheus' format. Empty if it has none. */
export type SdkMetrics = () => Promise<string>;

function install(log: Logger, bindAddress: string | null): void {
  Runtime.install({
    logger: sdkLog(log),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(bindAddress === null
        ? {}
        : {
            metrics: {
              attachServiceName: false,
              // Named as Prometheus does, like our other metrics.
              prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
            },
          }),
    },
    shutdownSignals: [],
  });
}

/**
 * Sets up Temporal's SDK, whose core is not JavaScript: it writes to our log, and leaves the signals to us. Call it
 * before anything else of that SDK.
 *
 * @param isMeasured - whether to collect metrics. The core serves them only by HTTP: on loopback, for this process to
 *   read
 */
export async function installRuntime(log: Logger, isMeasured: boolean): Promise<SdkMetrics> {
  if (!isMeasured) {
    install(log, null);
    return async () => '';
  }
  const start = async ([port]: readonly number[]): Promise<SdkMetrics> => {
    const address = `127.0.0.1:${port}`;
    try {
      install(log, address);
    } catch (error) {
      throw new PortTaken((error as Error).message, { cause: error });
    }
    return () => read(address);
  };
  return onFreePorts([0], start, maxTries);
}

/** Until it has a connection, and once the last is closed, the core shows nothing. */
async function read(address: string): Promise<string> {
  try {
    return await withTimeout(timeoutMs, async (signal) => {
      const answer = await fetch(`http://${address}/metrics`, { signal });
      return answer.ok ? answer.text() : '';
    });
  } catch {
    return '';
  }
}
