import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { deploymentName } from '../names.ts';

/** As Temporal's API numbers the kinds of task queues. */
const workflowQueueType = 1;

/** A worker's version: the digest of its workflow code, so a build that changes no workflow keeps its version. */
export const buildIdOf = (bundle: string) => createHash('sha256').update(bundle).digest('hex').slice(0, 16);

/**
 * How a worker of this build takes part in the deployment. Running workflows move to the new build, which must replay
 * their histories (replay tests check that): retries last days, and no old worker has to live on for them.
 */
export function versioned(buildId: string): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName, buildId },
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

/** The workflow code of this build, as the workers run it. */
export const bundlePath = join(packageRoot, 'dist', 'workflows', 'bundle.js');

/** The version of this build's workers. */
export async function thisBuildId(): Promise<string> {
  return buildIdOf(await readFile(bundlePath, 'utf8'));
}

const tries = 60;
const pauseMs = 500;

/**
 * Makes this version the current one for new and running workflows: a step of a deploy, once its workers run. Temporal
 * accepts a version only after it has polled, so this is tried for half a minute.
 *
 * @throws if no worker of that version polls, or Temporal cannot be reached
 */
export async function promote(client: Client, namespace: string, buildId: string, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName,
        buildId,
        identity: `everhook-promote-${process.pid}`,
        ignoreMissingTaskQueues: true,
      });
      return;
    } catch (error) {
      if (attempt === tries) throw error;
      await sleep(pauseMs, undefined, signal ? { signal } : {});
    }
  }
}

/** Versions kept besides the current one, so that going back is one command. Temporal takes 100 in all. */
const keptVersions = 20;

/**
 * Deletes the oldest versions of the deployment: otherwise one stays for each release, and at Temporal's limit the next
 * release could not register. Temporal refuses to delete a version that workers still run; its workflows move on with
 * every promotion, so there is nothing to wait for. Call it after a promotion.
 *
 * @returns how many are left
 */
export async function forgetOldVersions(client: Client, namespace: string, kept = keptVersions): Promise<number> {
  const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
  const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
  const versions = [...(workerDeploymentInfo?.versionSummaries ?? [])];
  const newestFirst = versions
    .filter(({ deploymentVersion }) => deploymentVersion?.buildId && deploymentVersion.buildId !== current)
    .sort((a, b) => Number(b.createTime?.seconds ?? 0) - Number(a.createTime?.seconds ?? 0));
  let left = versions.length;
  for (const { deploymentVersion } of newestFirst.slice(kept)) {
    const gone = await client.workflowService
      .deleteWorkerDeploymentVersion({
        namespace,
        deploymentVersion: deploymentVersion ?? null,
        skipDrainage: true,
        identity: `everhook-promote-${process.pid}`,
      })
      .then(
        () => true,
        () => false,
      );
    if (gone) left--;
  }
  return left;
}

/** Whether workers serve the current version. */
export interface Service {
  /** The current version; null if there is none. */
  readonly current: string | null;
  /** Whether a worker of it polled recently. */
  readonly isServed: boolean;
  /** How many versions Temporal knows. */
  readonly builds: number;
}

/** A worker polls at least every minute. Milliseconds. */
const silentAfterMs = 90_000;

/** Whether workers run the current version: if not, everything that is due waits. */
export async function serviceOf(
  client: Client,
  namespace: string,
  taskQueue: string,
  silentMs = silentAfterMs,
): Promise<Service> {
  const { current, versions } = await deploymentOf(client, namespace);
  const builds = versions.length;
  if (current === null) return { current, builds, isServed: false };
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowQueueType,
  });
  const since = Date.now() - silentMs;
  const isServed = pollers.some(
    ({ deploymentOptions, lastAccessTime }) =>
      deploymentOptions?.buildId === current && Number(lastAccessTime?.seconds ?? 0) * 1_000 >= since,
  );
  return { current, builds, isServed };
}

/** A version's place among those that Temporal knows. */
export interface Standing {
  /** The current version; null if there is none. */
  readonly current: string | null;
  /** Whether the version was current once, and another was promoted over it. */
  readonly replaced: boolean;
}

export async function standingOf(client: Client, namespace: string, buildId: string): Promise<Standing> {
  const { current, versions } = await deploymentOf(client, namespace);
  const summary = versions.find((each) => each.deploymentVersion?.buildId === buildId);
  return { current, replaced: current !== buildId && Boolean(summary?.lastDeactivationTime) };
}

/** The current version, and all versions that Temporal knows: none before the first worker. */
async function deploymentOf(client: Client, namespace: string) {
  try {
    const { workerDeploymentInfo: info } = await client.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId || null;
    return { current, versions: info?.versionSummaries ?? [] };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === status.NOT_FOUND) return { current: null, versions: [] };
    throw error;
  }
}
