// Checks that every installed package has a licence that is compatible with Apache-2.0.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './step.mjs';

/** Permissive licences: they set no conditions on code that uses the package. */
const allowedLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Packages that needed a closer look: name → the finding. */
const reviewed = [
  [/^unionfs$/, 'Names no licence in its package.json; its LICENSE file is the Unlicense.'],
  // Weak copyleft on their own files, unchanged, in development tools that no installation ships.
  [/^lightningcss(-|$)/, 'MPL-2.0, within the test runner and the bundler.', 'dev'],
  [/^axe-core$/, 'MPL-2.0, used to test the accessibility of pages.', 'dev'],
  [/^elkjs$/, "EPL-2.0, within a part of Prisma's command line that is not used here.", 'dev'],
];

/** Whether allowed licences alone satisfy an SPDX expression. */
function allowed(expression) {
  const parts = expression.replace(/^\(|\)$/g, '').replaceAll(' and ', ' AND ');
  if (parts.includes(' OR ')) return parts.split(' OR ').some((part) => allowed(part.trim()));
  if (parts.includes(' AND ')) return parts.split(' AND ').every((part) => allowed(part.trim()));
  return allowedLicences.has(parts);
}

function licenceOf(manifest) {
  const { license, licenses } = manifest;
  if (typeof license === 'string') return license;
  if (license?.type) return license.type;
  return licenses?.map((each) => each.type ?? each).join(' OR ') ?? 'none named';
}

export async function licenceProblems() {
  const { packages } = JSON.parse(await readFile(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  const problems = [];
  for (const [path, entry] of Object.entries(packages)) {
    const manifest = JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8').catch(() => '{}'));
    const { name } = manifest;
    if (!name) continue;
    const explained = reviewed.some(
      ([pattern, , where]) => pattern.test(name) && (where !== 'dev' || entry.dev || entry.devOptional),
    );
    if (explained) continue;
    const licence = licenceOf(manifest);
    if (!allowed(licence)) problems.push(`${name}@${manifest.version} (${path}): ${licence}`);
  }
  return problems;
}
