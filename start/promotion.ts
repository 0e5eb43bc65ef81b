import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../core/composition/reach.ts';
import type { Progress } from '../local/progress.ts';
import { reachableTemporal } from '../workflows/client/reachTemporal.ts';
import { createTemporalClient, type TemporalSettings } from '../workflows/client/temporal.ts';
import { forgetOldVersions, promote, standingOf, thisBuildId } from '../workflows/worker/deployment.ts';

/** Reports a Temporal that cannot be reached; only the worker waits for it. */
export async function warnWhereAway(temporal: TemporalSettings, progress: Progress): Promise<void> {
  const { name, attempt } = reachableTemporal(temporal);
  await attempt().catch(({ message }: Error) =>
    progress(
      `${name} cannot be reached: ${message}. The API serves without it: it takes events and makes first attempts. ` +
        'The worker keeps trying, and retries start once it is connected.',
    ),
  );
}

const pauseMs = 2_000;
const usualTellEveryMs = 10_000;

/**
 * The step of a deploy that `npm start` takes by itself: workflows go to the worker that it runs. On a Temporal shared
 * with others, a build that another was promoted over takes nothing back: it may be an old one that was restarted during
 * a rolling update. Temporal forgets builds that are long gone, so it is asked as well whether this one is older than the
 * database.
 *
 * @param options.own - whether that Temporal serves only this installation
 * @param options.isOlder - whether a newer build has migrated the database
 * @param options.tellEveryMs - how often it says that it still tries. @default 10 s
 * @param options.kept - how many earlier builds Temporal is left to know, if not as many as usual
 * @returns when it is done, and how to give it up
 */
export function promoteThisBuild(
  temporal: TemporalSettings,
  {
    own,
    isOlder,
    kept,
    tellEveryMs = usualTellEveryMs,
  }: { readonly own: boolean; isOlder(): Promise<boolean>; readonly kept?: number; readonly tellEveryMs?: number },
  progress: Progress,
): { readonly done: Promise<void>; stop(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const beganAt = performance.now();
  let reason = 'no worker of it has connected';
  const telling = setInterval(() => {
    const seconds = Math.round((performance.now() - beganAt) / 1_000);
    progress(`Workflows are not given to this build yet, after ${seconds} s: ${reason}. It is tried on.`);
  }, tellEveryMs);

  async function run(): Promise<void> {
    const buildId = await thisBuildId();
    for (;;) {
      const client = createTemporalClient(temporal);
      try {
        await client.use(async (each) => {
          const { current, replaced } = await standingOf(each, temporal.namespace, buildId);
          // What cannot be deleted now, the next start deletes.
          const forget = () => forgetOldVersions(each, temporal.namespace, kept).catch(() => {});
          if (current === buildId) {
            await forget();
            return;
          }
          const [over, older] = own || current === null ? [false, false] : [replaced, await isOlder()];
          if (over || older) {
            const why = over ? 'was promoted over this one' : 'is newer than this one, as the database shows';
            progress(
              `Workflows go to build ${current}, which ${why} (${buildId}): the command promote (npm run worker:promote in a clone) gives them to this one.`,
            );
          } else {
            await promote(each, temporal.namespace, buildId, signal);
            await forget();
          }
        });
        return;
      } catch (error) {
        // Temporal is away, or the worker has not connected yet.
        reason = reasonOf(error);
        await sleep(pauseMs, undefined, { signal });
      } finally {
        await client.close();
      }
    }
  }

  const done = run()
    .catch((error: unknown) => {
      if (!signal.aborted) throw error;
    })
    .finally(() => clearInterval(telling));
  done.catch(() => {});
  return { done, stop: () => stopping.abort() };
}
