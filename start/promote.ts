import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandOutput } from '../core/composition/commandOutput.ts';
import { ConfigError, loadConfig } from '../core/composition/config.ts';
import { untilReached } from '../core/composition/reach.ts';
import { handleSignalsHere } from '../core/ground/endAtOnce.ts';
import { reachableTemporal } from '../workflows/client/reachTemporal.ts';
import { createTemporalClient } from '../workflows/client/temporal.ts';
import { forgetOldVersions, promote, standingOf, thisBuildId } from '../workflows/worker/deployment.ts';

const { say, fail } = commandOutput('promote');

/** Seconds from `--wait=…`: how long workers of this build may take to come. Each try of its own takes half a minute. */
function waitMs(args: readonly string[]): number {
  const { wait } = parseArgs({ args: [...args], options: { wait: { type: 'string', default: '0' } } }).values;
  if (!/^\d{1,5}$/.test(wait)) throw new ConfigError(['--wait: write whole seconds, as in --wait=600.']);
  return Number(wait) * 1_000;
}

/** Temporal takes 100 by default, so there is still time to act. */
const manyVersions = 80;
const tooMany = (left: number) =>
  `Temporal knows ${left} builds of Everhook's workers, and takes 100 by default: then the next one cannot start. End the workers of old builds, and promote again in five minutes.`;

/** The Temporal that `npm start` runs beside this, if the environment names none. */
async function embeddedAddress(dataDir: string): Promise<string> {
  const ports = await readFile(join(dataDir, 'ports.json'), 'utf8').then(
    (text) => JSON.parse(text) as { temporal?: number[] },
    () => null,
  );
  const port = ports?.temporal?.[0];
  if (port !== undefined) return `127.0.0.1:${port}`;
  throw new ConfigError([
    'TEMPORAL_ADDRESS: is missing, and no Temporal was ever started in EVERHOOK_DATA_DIR. Set it to the Temporal that the workers use.',
  ]);
}

/** `everhook-server promote`: from now on workflows go to the workers of this build. */
async function main(): Promise<void> {
  const until = performance.now() + waitMs(process.argv.slice(3));
  const config = loadConfig(process.env);
  const { namespace } = config.temporal;
  const address = config.temporal.address ?? (await embeddedAddress(config.dataDir));
  const temporal = { ...config.temporal, address };
  const buildId = await thisBuildId();
  await untilReached(reachableTemporal(temporal), say);
  const client = createTemporalClient(temporal);
  try {
    const before = await client.use((each) => standingOf(each, namespace, buildId));
    const isCurrent = before.current === buildId;
    if (isCurrent) say(`Workflows go to this build (${buildId}) already.`);
    else {
      say(`Giving workflows to this build (${buildId}); until now they went to ${before.current ?? 'none'}.`);
      for (;;) {
        try {
          await client.use((each) => promote(each, namespace, buildId));
          break;
        } catch (error) {
          if (performance.now() >= until) throw error;
          say(`No worker of this build yet (${(error as Error).message}); waiting for it.`);
        }
      }
    }
    // Also where nothing was left to promote: workers of the builds that could not be deleted then may have ended since.
    await client
      .use((each) => forgetOldVersions(each, namespace))
      .then(
        (left) => left >= manyVersions && say(tooMany(left)),
        (error: Error) => say(`Old builds could not be deleted; the next promotion tries again: ${error.message}`),
      );
    if (!isCurrent) say('Done: new workflows start on this build, and running ones go on with it.');
  } catch (error) {
    throw new Error(
      `This build (${buildId}) could not be promoted: ${(error as Error).message}. Are workers of it running, on ${address}?`,
    );
  } finally {
    await client.close();
  }
}

handleSignalsHere();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().then(
  () => process.exit(0),
  (error: Error) => {
    fail(error.message);
    process.exit(1);
  },
);
