// Gets the servers before the tests: building one takes minutes, and a test only seconds.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, say } from './step.mjs';

export async function getServers() {
  const compiled = (path) => import(pathToFileURL(join(root, 'dist', 'local', path)).href);
  const { temporalBinaries } = await compiled('temporalBinaries.js');
  const { timeSkippingServer } = await compiled('timeSkipping.js');
  // If one cannot be had, the tests that need it fail with the same message.
  for (const get of [temporalBinaries, timeSkippingServer]) await get(say).catch((error) => say(error.message));
}
