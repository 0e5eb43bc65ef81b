import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with package.json. Code runs from source in tests and from `dist` otherwise; data files are in one place. */
export const packageRoot = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`No package.json above ${import.meta.dirname}: the installation is incomplete.`);
    folder = parent;
  }
  return folder;
})();
