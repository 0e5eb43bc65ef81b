import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { packageRoot } from '../server/packageRoot.ts';
import { deploymentName } from './names.ts';

/** gRPC code numbers are fixed by its specification. */
const NOT_FOUND = 5;

/** A worker's version: the digest of its workflow code, so that a build that changes no workflow is no new version. */
export const buildIdOf = (bundle: string) => createHash('sha256').update(bundle).digest('hex').slice(0, 16);

/**
 * How a worker of this build takes part in the deployment. Running workflows move to the new build, which must replay their
 * histories (the replay tests see to that): retries go on over days, and no old worker has to live on for them.
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
 * Makes a version the one that new and running workflows are given to: a step of a deploy, once its workers run. Temporal
 * accepts a version only when it has seen it poll, so this is tried for half a minute.
 *
 * @throws where no worker of that version polls, or Temporal cannot be reached
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

/** Where a version stands among those that Temporal knows. */
export interface Standing {
  /** The version that workflows are given to; null where none is. */
  readonly current: string | null;
  /** Whether the version asked for was given workflows once, and another was promoted over it. */
  readonly replaced: boolean;
}

export async function standingOf(client: Client, namespace: string, buildId: string): Promise<Standing> {
  try {
    const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || null;
    const summary = workerDeploymentInfo?.versionSummaries?.find((each) => each.deploymentVersion?.buildId === buildId);
    return { current, replaced: current !== buildId && Boolean(summary?.lastDeactivationTime) };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return { current: null, replaced: false };
    throw error;
  }
}
