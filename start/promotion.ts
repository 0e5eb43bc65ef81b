import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../local/progress.ts';
import { reachableTemporal } from '../workflows/client/reachTemporal.ts';
import { createTemporalClient, type TemporalSettings } from '../workflows/client/temporal.ts';
import { forgetOldVersions, promote, standingOf, thisBuildId } from '../workflows/worker/deployment.ts';

/** Names a Temporal that cannot be reached; nothing waits for it but the worker. */
export async function tellWhereAway(temporal: TemporalSettings, progress: Progress): Promise<void> {
  const { name, attempt } = reachableTemporal(temporal);
  await attempt().catch(({ message }: Error) =>
    progress(
      `${name} cannot be reached: ${message}. The API serves without it: events are taken and first attempts made. ` +
        'The worker tries on, and retries begin once it gets there.',
    ),
  );
}

const pauseMs = 2_000;

/**
 * The step of a deploy that `npm start` takes by itself: workflows are given to the worker that it runs. On a Temporal that
 * others use too, a build that another was promoted over takes nothing back: it may be an old one that was started again
 * amid a rolling update.
 *
 * @param own - whether that Temporal serves this installation alone
 * @returns when it is done, and how to give it up
 */
export function promoteThisBuild(
  temporal: TemporalSettings,
  own: boolean,
  progress: Progress,
): { readonly done: Promise<void>; stop(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(): Promise<void> {
    const buildId = await thisBuildId();
    for (;;) {
      const client = createTemporalClient(temporal);
      try {
        await client.use(async (each) => {
          const { current, replaced } = await standingOf(each, temporal.namespace, buildId);
          if (current === buildId) return;
          if (replaced && !own) {
            progress(
              `Workflows are given to build ${current}, which was promoted over this one (${buildId}): npm run worker:promote takes them back.`,
            );
          } else {
            await promote(each, temporal.namespace, buildId, signal);
            // What cannot be taken away now, the next promotion does.
            await forgetOldVersions(each, temporal.namespace).catch(() => {});
          }
        });
        return;
      } catch {
        // Temporal is away, or the worker has not come up there yet: both are told elsewhere.
        await sleep(pauseMs, undefined, { signal });
      } finally {
        await client.close();
      }
    }
  }

  const done = run().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  done.catch(() => {});
  return { done, stop: () => stopping.abort() };
}
