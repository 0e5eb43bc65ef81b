import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { version } from '../../../core/ground/version.ts';
import { type CliTenant, cliTenant, runCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { pack } from '../../support/packed.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';
import { shellInTerminal } from '../../support/shellInTerminal.ts';

const run = promisify(execFile);
const megabyte = 1_000_000;

let folder: string;
let project: string;
let product: Product;
let tenant: CliTenant;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook cli package '));
  project = join(folder, 'empty');
  await mkdir(project);
  await pack(folder, 'everhook', '@everhook/sdk');
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => join(folder, name));
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }');
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...quietly, ...tarballs], { cwd: project });
  product = await sharedProduct();
  tenant = await cliTenant(product);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await product?.close();
});

const program = () => join(project, 'node_modules/.bin/everhook');

describe('the packed CLI, installed with the packed SDK into an empty folder', () => {
  it('runs, is under 5 MB with all that it needs, and has no native part', async () => {
    expect((await run(program(), ['--version'])).stdout).toBe(`${version}\n`);
    const who = await runCli(['whoami', '--json'], { program: program(), env: tenant.env });
    expect(JSON.parse(who.stdout).viewer.organization.name).toBe('Harbour Robotics');

    const installed = await readdir(join(project, 'node_modules'), { recursive: true, withFileTypes: true });
    const files = installed.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5 * megabyte);
    expect(files.filter((file) => /\.node$|binding\.gyp$/.test(file))).toEqual([]);
  });

  it('completes commands and options in bash, and runs nothing that stands on the line', async () => {
    const PATH = `${join(project, 'node_modules/.bin')}:${process.env.PATH}`;
    const shell = shellInTerminal(project, { PATH, HOME: project });
    try {
      // Whoever reads ~/.bashrc again reads this again, too.
      for (let times = 0; times < 2; times++) shell.enter('source <(everhook completion bash) && echo read-it $?');
      await shell.shows(/^read-it 0\nbash.*\n(.*\n)*?read-it 0\n/m, 20_000);
      shell.type('everhook deliv\t');
      await shell.shows(/everhook deliveries /, 20_000);
      shell.type('--sta\t');
      await shell.shows(/--status /, 20_000);
      shell.enter('\x15');
      shell.type('everhook trigger $(touch ran-it) --js\t');
      await shell.shows(/--json /, 20_000);
      expect(await readdir(project)).not.toContain('ran-it');
      expect(shell.screen()).not.toContain('readonly');
    } finally {
      await shell.close(500);
    }
  });

  it('has help with examples for its commands, and documents how it ends', async () => {
    const help = await run(program(), ['help']);
    const names = [...help.stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name as string);
    expect(names).toEqual(expect.arrayContaining(['listen', 'trigger', 'tail', 'apply', 'doctor', 'completion']));
    for (const name of names) expect((await run(program(), ['help', name])).stdout).toContain(`everhook ${name}`);
    expect((await run(program(), ['help', 'recover'])).stdout).toContain('Examples:');

    const { stdout: codes } = await run(program(), ['help', 'exit-codes']);
    const documented = await readFile(join(packageRoot, 'docs/cli.md'), 'utf8');
    const lines = codes.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const [, code, text] = /^ *(\d+) {2}(.*)$/.exec(line) ?? [];
      expect(documented.replaceAll('`', '')).toContain(`| ${code} | ${text?.replaceAll('`', '')} |`);
    }
  });

  it('starts the server where that is installed, and says how to get it elsewhere', async () => {
    const without = await runCli(['start'], { program: program(), cwd: project });
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('npm install @everhook/server') });

    const server = join(project, 'node_modules/@everhook/server');
    await mkdir(server, { recursive: true });
    await writeFile(join(server, 'package.json'), '{ "bin": { "everhook-server": "server.cjs" } }');
    // So it is in a clone, until it is packed.
    expect(await runCli(['start'], { program: program(), cwd: project })).toEqual(without);
    // Stands for the program of the package: what matters here is that it is run, with its arguments and its code.
    await writeFile(join(server, 'server.cjs'), 'console.log(process.argv.slice(2).join(" ")); process.exit(7);');
    const started = await runCli(['start', 'more'], { program: program(), cwd: project });
    expect(started).toMatchObject({ code: 7, stdout: 'start more\n' });
  });
});

describe('everhook doctor', () => {
  it('finds nothing wrong with a service that works', async () => {
    const { code, stdout } = await runCli(['doctor', '--json'], { env: tenant.env });
    const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean }[] };
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['keys', 'API', 'PostgreSQL', 'Temporal', 'clock', 'key', 'live', 'versions']),
    );
    expect(code).toBe(0);
  });

  it('says what to do where the service is away, the address is another program’s, or the key is wrong', async () => {
    const away = await runCli(['doctor'], { env: { ...tenant.env, EVERHOOK_URL: 'http://127.0.0.1:9' } });
    expect(away).toMatchObject({ code: 5, stdout: expect.stringMatching(/wrong {2}API .*ECONNREFUSED|wrong {2}API/) });
    expect(away.stdout).toContain('Look at EVERHOOK_URL');
    const key = await runCli(['doctor'], { env: { ...tenant.env, EVERHOOK_KEY: 'ehk_wrong' } });
    expect(key).toMatchObject({ code: 3, stdout: expect.stringContaining('everhook login') });
  });
});
