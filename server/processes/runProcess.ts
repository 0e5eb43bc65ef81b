import type { Logger } from 'pino';
import { ConfigError } from '../../core/composition/config.ts';
import { loadProcessConfig, type ProcessConfig } from '../../core/composition/processConfig.ts';
import { createLog } from '../../core/ground/log.ts';

/** What a process tells its supervisor over the channel: that it serves, or what it waits for. */
export type ProcessMessage = 'ready' | { readonly waiting: string };

export interface StartOptions {
  readonly config: ProcessConfig;
  readonly log: Logger;
  /** Tells the log, and the supervisor where there is one, what the start waits for. */
  readonly waiting: (line: string) => void;
}

/** A process of the product that has started. */
export interface Started {
  /** Settles where it ends without having been asked to. */
  readonly ended?: Promise<void>;
  /** Finishes what is under way, and ends. */
  close(): Promise<void>;
}

/** Resolves when the process is asked to end, or when its supervisor is gone. A second signal ends it at once. */
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
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('disconnect', stop);
  });
}

/**
 * Runs a process from its start to its end. Asked to end while it starts, it ends at once: it has accepted nothing yet.
 *
 * @param name - of the process, in its log
 * @param start - resolves when the process serves
 */
export async function runProcess(name: string, start: (options: StartOptions) => Promise<Started>): Promise<void> {
  let log = createLog('info', name);
  try {
    const config = loadProcessConfig(process.env);
    log = createLog(config.logLevel, name);
    const asked = untilAsked(log);
    const waiting = (line: string) => {
      log.warn(line);
      process.send?.({ waiting: line } satisfies ProcessMessage);
    };
    const started = await Promise.race([start({ config, log, waiting }), asked]);
    if (started === undefined) {
      log.info('asked to end while starting');
      process.exit(0);
    }
    process.send?.('ready' satisfies ProcessMessage);
    await Promise.race([asked, started.ended ?? asked]);
    log.info('ending');
    await started.close();
    process.exit(0);
  } catch (error) {
    // What is wrong with the settings is said in a sentence; where in the code that was found helps nobody.
    log.fatal(
      error instanceof ConfigError ? { problems: error.problems } : { err: error },
      `the ${name} process stopped`,
    );
    process.exit(1);
  }
}
