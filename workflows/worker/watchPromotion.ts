import type { Logger } from 'pino';
import type { TemporalClient } from '../client/temporal.ts';
import { serviceOf } from './deployment.ts';

/** How often it is looked, in milliseconds. */
const usualEveryMs = 30_000;
/** It is said again after so many looks. */
const saidAgainAfter = 10;

/** What a worker knows of how workflows fare that are not given to it. */
export interface PromotionWatch {
  /** 1 where workflows are given to a build that no worker runs of: nothing is retried then. Else 0. */
  readonly unserved: number;
  stop(): void;
}

/**
 * Looks whether workflows are given to a build of which workers run. After a deploy that was never promoted, and whose old workers
 * are gone, they are not: then nothing is retried, and this build's log says what to do.
 */
export function watchPromotion(parts: {
  readonly temporal: TemporalClient;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly buildId: string;
  readonly log: Logger;
  readonly everyMs?: number;
  /** A worker that asked for nothing for so long is gone. */
  readonly silentMs?: number;
}): PromotionWatch {
  const { temporal, namespace, taskQueue, buildId, log, everyMs = usualEveryMs, silentMs } = parts;
  let looks = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    // Where Temporal is away, others say so.
    const service = await temporal.use((client) => serviceOf(client, namespace, taskQueue, silentMs)).catch(() => null);
    if (service === null || stopped) return;
    const { current, isServed } = service;
    if (isServed || current === buildId) {
      looks = 0;
      return;
    }
    if (looks++ % saidAgainAfter === 0) {
      log.error(
        { buildId, current },
        current === null
          ? 'workflows are given to no build, so nothing is retried. Promote this one: npm run worker:promote'
          : 'workflows are given to a build that no worker runs of, so nothing is retried. Promote this one (npm run worker:promote), or start workers of the other',
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
      return looks > 0 ? 1 : 0;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
