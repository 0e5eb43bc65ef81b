import type { LocalProcess } from '../local/childProcess.ts';
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

/**
 * @param start - starts the process and resolves when it is ready
 * @param patienceMs - how long it may take to end before it is killed
 */
export async function startPart(
  name: string,
  start: () => Promise<LocalProcess>,
  patienceMs: number,
  progress: Progress,
): Promise<Part> {
  let current = await start();
  let wanted = true;
  let startedAt = Date.now();
  let pauseMs = FIRST_PAUSE_MS;
  let wake = () => {};
  let reviving: Promise<void> = Promise.resolve();

  function watch(watched: LocalProcess): void {
    void watched.exited.then(({ code, signal }) => {
      if (!wanted || watched !== current) return;
      progress(`${name} ended (${signal ?? `exit code ${code}`}); starting it again`);
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
        progress(`${name} does not start, trying again: ${(error as Error).message}`);
      }
    }
  }

  async function begin(): Promise<void> {
    current = await start();
    startedAt = Date.now();
    watch(current);
  }

  /** No start is under way once this is done, and none follows. */
  async function halt(): Promise<void> {
    wanted = false;
    wake();
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
