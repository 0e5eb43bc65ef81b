import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { deploymentName } from './names.ts';

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

const tries = 60;

/**
 * Makes this build the one that new and running workflows are given to. A version has to be polling before Temporal accepts
 * it, so this is tried for a while.
 */
export async function setCurrentVersion(
  client: Client,
  namespace: string,
  buildId: string,
  log: Logger,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName,
        buildId,
        identity: `everhook-worker-${process.pid}`,
        ignoreMissingTaskQueues: true,
      });
      log.info({ buildId }, 'workflows are given to this version');
      return;
    } catch (error) {
      if (attempt === tries) throw error;
      log.debug({ err: error, attempt }, 'the version is not known to Temporal yet');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
