// Licences that go with Apache-2.0, for every package that is installed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './step.mjs';

/** Permissive licences: nothing of them reaches over to what uses the package. */
const ALLOWED = new Set([
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

/** Packages whose licence is not in their package.json, or is weaker than it looks: name → why it is no conflict. */
const EXPLAINED = new Map([]);

/** Whether an SPDX expression can be met by allowed licences alone. */
function allowed(expression) {
  const parts = expression.replace(/^\(|\)$/g, '').replaceAll(' and ', ' AND ');
  if (parts.includes(' OR ')) return parts.split(' OR ').some((part) => allowed(part.trim()));
  if (parts.includes(' AND ')) return parts.split(' AND ').every((part) => allowed(part.trim()));
  return ALLOWED.has(parts);
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
  for (const path of Object.keys(packages)) {
    const manifest = JSON.parse(await readFile(join(root, path, 'package.json'), 'utf8').catch(() => '{}'));
    const { name } = manifest;
    if (!name || EXPLAINED.has(name) || name === '@everhook/sdk') continue;
    const licence = licenceOf(manifest);
    if (!allowed(licence)) problems.push(`${name}@${manifest.version} (${path}): ${licence}`);
  }
  return problems;
}
