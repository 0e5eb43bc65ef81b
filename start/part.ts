import type { LocalProcess } from '../local/childProcess.ts';
import { howItEnded } from '../local/howItEnded.ts';
import { type Precedence, setPrecedence } from '../local/precedence.ts';
import type { Progress } from '../local/progress.ts';

/** A supervised process of the product: restarted when it dies without having been asked to. */
export interface Part {
  readonly name: string;
  /** Of the current process, or of the last one. */
  readonly pid: number;
  /** Kills it as `kill -9` does, and leaves it ended until `restart`. */
  kill(): Promise<void>;
  /** Asks it to end, waits, and leaves it ended until `restart`. */
  stop(): Promise<void>;
  /** Starts it again, after stopping it if it still runs. Resolves when it is ready. */
  restart(): Promise<void>;
}

/** Calls and first attempts come before what may wait. */
export const precedenceOf = { api: 'first', worker: 'last' } as const;

/** How long API and worker may take to finish deliveries in flight. */
export const drainMs = 30_000;
/** Temporal survives being killed; it only takes long to end while its own pollers wait. */
export const temporalTimeoutMs = 2_000;

const firstPauseMs = 250;
const maxPauseMs = 15_000;
/** A process that ran this long was healthy: the next start is tried at once again. */
const steadyMs = 30_000;

export interface PartOptions {
  /** How long it may take to end before it is killed. */
  readonly stopTimeoutMs: number;
  readonly progress: Progress;
  /** Called with how it ended, if that was not asked for. */
  readonly ended?: (how: string) => void;
  /** Its place where there is not enough CPU for all. Absent: as the system has it. */
  readonly precedence?: Precedence;
  /** Gives up the first start. `stop` and `kill` give up later ones. */
  readonly signal?: AbortSignal;
}

/** @param startProcess - starts the process and resolves when it is ready; ends it and rejects once the signal is aborted */
export async function startPart(
  name: string,
  startProcess: (signal: AbortSignal) => Promise<LocalProcess>,
  { stopTimeoutMs, progress, ended = () => {}, precedence, signal = new AbortController().signal }: PartOptions,
): Promise<Part> {
  async function start(signal: AbortSignal): Promise<LocalProcess> {
    const started = await startProcess(signal);
    if (precedence) await setPrecedence(started.identity.pid, precedence);
    return started;
  }

  let current = await start(signal);
  let wanted = true;
  let startedAt = Date.now();
  let pauseMs = firstPauseMs;
  let wake = () => {};
  let starting = new AbortController();
  let reviving: Promise<void> = Promise.resolve();

  function watch(watched: LocalProcess): void {
    void watched.exited.then((ending) => {
      if (!wanted || watched !== current) return;
      const how = howItEnded(name, ending);
      ended(how);
      progress(`${how} Starting it again`);
      reviving = revive();
    });
  }

  async function revive(): Promise<void> {
    if (Date.now() - startedAt > steadyMs) pauseMs = firstPauseMs;
    while (wanted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pauseMs = Math.min(pauseMs * 2, maxPauseMs);
      if (!wanted) return;
      try {
        await begin();
        progress(`${name} runs again`);
        return;
      } catch (error) {
        if (!wanted) return;
        progress(`${name} does not start, trying again: ${(error as Error).message}`);
      }
    }
  }

  async function begin(): Promise<void> {
    starting = new AbortController();
    current = await start(starting.signal);
    startedAt = Date.now();
    watch(current);
  }

  /** Once this is done, no start runs, and none follows. */
  async function halt(): Promise<void> {
    wanted = false;
    wake();
    starting.abort(new Error(`${name} is to end.`));
    await reviving;
  }

  watch(current);
  return {
    name,
    get pid() {
      return current.identity.pid;
    },
    async kill() {
      wanted = false;
      await current.kill();
      await halt();
      await current.kill();
    },
    async stop() {
      await halt();
      await current.stop(stopTimeoutMs);
    },
    async restart() {
      await halt();
      await current.stop(stopTimeoutMs);
      wanted = true;
      await begin();
    },
  };
}
