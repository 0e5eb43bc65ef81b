// What tests wait for must not be built while they wait: that takes minutes, and a test seconds.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, say } from './step.mjs';

export async function getServers() {
  const compiled = (path) => import(pathToFileURL(join(root, 'dist', 'local', path)).href);
  const { temporalBinaries } = await compiled('temporalBinaries.js');
  const { timeSkippingServer } = await compiled('timeSkipping.js');
  // Where one is not to be had, the tests that need it fail, and say the same.
  for (const get of [temporalBinaries, timeSkippingServer]) await get(say).catch((error) => say(error.message));
}
