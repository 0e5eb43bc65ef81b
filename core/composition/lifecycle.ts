import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DirectDeliveries } from '../deliveries/direct.ts';
import { createReplays, type Replays } from '../deliveries/replay.ts';
import { createRetry, type RetryDelivery } from '../deliveries/retry.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { HealthAnnouncer } from '../health/announce.ts';
import type { Hints } from '../live/changeFeed.ts';
import type { Notifier } from '../live/notifier.ts';
import { recoveryProgress } from '../recoveries/progress.ts';
import { createRecoveries, type Recoveries } from '../recoveries/recoveries.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { createDeliveryStats, type DeliveryStats } from '../stats/deliveryStats.ts';
import { createOpenDeliveries, type OpenDeliveries } from '../stats/openDeliveries.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { createReEnable, type ReEnable } from '../webhooks/reEnable.ts';
import { createRotation, type Rotation } from '../webhooks/rotation.ts';

/** The workflows behind a webhook's secrets and recoveries. Where Temporal is away, the sweep does their work or starts them. */
export interface LifecycleWorkflows {
  /** @param delayMs - milliseconds until the secret's deadline */
  retireSecret(secretId: string, delayMs: number): Promise<void>;
  recover(recoveryId: string): Promise<void>;
}

/** What becomes of webhooks and deliveries after they were made. */
export interface Lifecycle {
  readonly reEnable: ReEnable;
  readonly rotation: Rotation;
  readonly retry: RetryDelivery;
  readonly replays: Replays;
  readonly recoveries: Recoveries;
  readonly stats: DeliveryStats;
  readonly openDeliveries: OpenDeliveries;
  /** See `recoveryProgress`. */
  recoveryProgress(recovery: { id: string; organizationId: string }, signal: AbortSignal): AsyncGenerator<string>;
}

export function openLifecycle(parts: {
  prisma: PrismaClient;
  pool: Pool;
  keys: KeyRing;
  log: Logger;
  notifier: Notifier;
  liveFeed: Hints;
  engine: { direct: DirectDeliveries; waker: Waker; announcer: HealthAnnouncer };
  workflows: LifecycleWorkflows;
}): Lifecycle {
  const { prisma, keys, log, workflows } = parts;
  const { direct, waker, announcer } = parts.engine;
  const begin = (what: string, id: string, starting: Promise<void>) => {
    starting.catch((error) => log.warn({ err: error, id }, `${what} could not be started; the sweep sees to it`));
  };
  return {
    reEnable: createReEnable(prisma, (changeId) => announcer.announce(changeId)),
    rotation: createRotation(prisma, keys, (id, at) => {
      begin(
        'the workflow of a retiring secret',
        id,
        workflows.retireSecret(id, Math.max(0, at.getTime() - Date.now())),
      );
    }),
    retry: createRetry({ ...parts, waker }),
    replays: createReplays(prisma, direct),
    recoveries: createRecoveries({
      ...parts,
      direct,
      start: (id) => begin('a recovery', id, workflows.recover(id)),
    }),
    stats: createDeliveryStats(parts.pool),
    openDeliveries: createOpenDeliveries(parts.pool),
    recoveryProgress: (recovery, signal) => recoveryProgress(parts, recovery, signal),
  };
}
