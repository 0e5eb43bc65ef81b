import type { LocalProcess } from '../local/childProcess.ts';
import { howItEnded } from '../local/howItEnded.ts';
import type { Progress } from '../local/progress.ts';

/** A process of the product that is kept running: started again when it dies without having been asked to. */
export interface Part {
  readonly name: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Ends it as `kill -9` does, and leaves it ended until `restart`. */
  kill(): Promise<void>;
  /** Asks it to end, waits, and leaves it ended until `restart`. */
  stop(): Promise<void>;
  /** Starts it again, after stopping it where it still runs. Resolves when it is ready. */
  restart(): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** What ran this long was well: the next start is tried at once again. */
const STEADY_MS = 30_000;

export interface PartOptions {
  /** How long it may take to end before it is killed. */
  readonly patienceMs: number;
  readonly progress: Progress;
  /** Told how it ended, where that was not asked for. */
  readonly ended?: (how: string) => void;
  /** Gives up the first start. Later ones are given up by `stop` and `kill`. */
  readonly signal?: AbortSignal;
}

/** @param start - starts the process and resolves when it is ready; ends it and rejects once the signal is aborted */
export async function startPart(
  name: string,
  start: (signal: AbortSignal) => Promise<LocalProcess>,
  { patienceMs, progress, ended = () => {}, signal = new AbortController().signal }: PartOptions,
): Promise<Part> {
  let current = await start(signal);
  let wanted = true;
  let startedAt = Date.now();
  let pauseMs = FIRST_PAUSE_MS;
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
    if (Date.now() - startedAt > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
    while (wanted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
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

  /** No start is under way once this is done, and none follows. */
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
      await current.stop(patienceMs);
    },
    async restart() {
      await halt();
      await current.stop(patienceMs);
      wanted = true;
      await begin();
    },
  };
}
