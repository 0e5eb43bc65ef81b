import type { Logger } from 'pino';
import { ConfigError } from '../../core/composition/config.ts';
import { loadProcessConfig, type ProcessConfig } from '../../core/composition/processConfig.ts';
import { handleSignalsHere } from '../../core/ground/endAtOnce.ts';
import { createLog } from '../../core/ground/log.ts';
import { adjustableLevel } from '../../core/ground/logLevel.ts';
import { logOutput } from '../../core/ground/logOutput.ts';
import { StartRefused } from '../../core/store/schemaVersion.ts';
import { startTelemetry, type Telemetry } from '../../core/telemetry/telemetry.ts';

/** A message of a process to its supervisor: it serves, or it waits for something. */
export type ProcessMessage = 'ready' | { readonly waiting: string };

export interface StartOptions {
  readonly config: ProcessConfig;
  readonly log: Logger;
  /** Null: off. */
  readonly telemetry: Telemetry | null;
  /** Reports to the log, and to a supervisor, what the start waits for. */
  readonly waiting: (line: string) => void;
}

/** A process that has started. */
export interface Started {
  /** Settles when the process ends without being asked to. */
  readonly ended?: Promise<void>;
  /** Finishes what is under way and stops. */
  close(): Promise<void>;
}

/** Resolves when the process is asked to end or its supervisor has ended. A second signal ends the process at once. */
function untilAsked(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) {
        log.warn('asked again: ending at once');
        process.exit(1);
      }
      asked = true;
      resolve();
    };
    handleSignalsHere();
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('disconnect', stop);
  });
}

/**
 * Runs a process from start to end. If it is asked to end while it starts, it ends at once: it has accepted nothing yet.
 *
 * @param name - the name of the process in its log
 * @param start - resolves when the process serves
 */
export async function runProcess(name: string, start: (options: StartOptions) => Promise<Started>): Promise<void> {
  let telemetry: Telemetry | null = null;
  const along = { line: (line: string) => telemetry?.line(line), fields: () => telemetry?.fields() ?? {} };
  const log = createLog('info', name, undefined, along);
  logOutput(log, name);
  try {
    const config = loadProcessConfig(process.env);
    log.level = config.logLevel;
    const level = adjustableLevel(log);
    process.on('SIGUSR2', () => level.toggle());
    telemetry = config.telemetry ? await startTelemetry(config.telemetry, name, name === 'worker') : null;
    telemetry?.reportTo(log);
    const asked = untilAsked(log);
    const waiting = (line: string) => {
      log.warn(line);
      process.send?.({ waiting: line } satisfies ProcessMessage);
    };
    const started = await Promise.race([start({ config, log, telemetry, waiting }), asked]);
    if (started === undefined) {
      log.info('asked to end while starting');
      process.exit(0);
    }
    process.send?.('ready' satisfies ProcessMessage);
    await Promise.race([asked, started.ended ?? asked]);
    log.info('ending');
    await started.close();
    await telemetry?.close();
    process.exit(0);
  } catch (error) {
    // For wrong settings the sentences are enough; a stack trace would not help.
    const why =
      error instanceof ConfigError
        ? { problems: error.problems }
        : error instanceof StartRefused
          ? { problems: [error.message] }
          : { err: error };
    log.fatal(why, `the ${name} process stopped`);
    await telemetry?.close();
    process.exit(1);
  }
}
