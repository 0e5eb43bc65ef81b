import type { Logger } from 'pino';
import type { TemporalClient } from '../client/temporal.ts';
import { type Service, serviceOf } from './deployment.ts';

/** How often to check, in milliseconds. */
const usualEveryMs = 30_000;
/** The warning is logged again after this many checks. */
const warnEveryChecks = 10;

/** What a worker knows of workflows that go to other builds. */
export interface PromotionWatch {
  /** 1 if workflows go to a build that no worker runs: nothing is retried then. Otherwise 0. */
  readonly unserved: number;
  /** 1 if workflows go to another build than this one's, or to none; 0 if to this one. Null before the first check. */
  readonly unpromoted: number | null;
  /** How many builds Temporal knows; null before the first check. */
  readonly builds: number | null;
  stop(): void;
}

/**
 * Checks whether workflows go to a build that workers run. After a deploy that was never promoted, and whose old workers
 * are gone, they do not: then nothing is retried, and this build's log says what to do.
 */
export function watchPromotion(parts: {
  readonly temporal: TemporalClient;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly buildId: string;
  readonly log: Logger;
  readonly everyMs?: number;
  /** A worker that has not polled for so long is gone. */
  readonly silentMs?: number;
}): PromotionWatch {
  const { temporal, namespace, taskQueue, buildId, log, everyMs = usualEveryMs, silentMs } = parts;
  let checks = 0;
  let last: Service | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    // If Temporal is away, another part reports it.
    const service = await temporal.use((client) => serviceOf(client, namespace, taskQueue, silentMs)).catch(() => null);
    if (service === null || stopped) return;
    last = service;
    const { current, isServed } = service;
    if (isServed || current === buildId) {
      checks = 0;
      return;
    }
    if (checks++ % warnEveryChecks === 0) {
      log.error(
        { buildId, current },
        current === null
          ? 'workflows go to no build, so nothing is retried. Promote this one: by the command promote (npm run worker:promote in a clone)'
          : 'workflows go to a build that no worker runs, so nothing is retried. Promote this one (the command promote; npm run worker:promote in a clone), or start workers of the other',
      );
    }
  }

  const next = () => {
    timer = setTimeout(() => void look().finally(() => !stopped && next()), everyMs);
    timer.unref();
  };
  next();
  return {
    get unserved() {
      return checks > 0 ? 1 : 0;
    },
    get unpromoted() {
      return last === null ? null : Number(last.current !== buildId);
    },
    get builds() {
      return last?.builds ?? null;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
