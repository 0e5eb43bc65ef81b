import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliTenant, cliHome, cliTenant, runCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { cliInTerminal } from '../../support/pseudoTerminal.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

let product: Product;
let tenant: CliTenant;
let home: Awaited<ReturnType<typeof cliHome>>;
beforeAll(async () => {
  product = await sharedProduct();
  tenant = await cliTenant(product);
  home = await cliHome();
});
afterAll(async () => {
  await home?.remove();
  await product?.close();
});

const configFile = () => join(home.HOME, '.config/everhook/config.json');
const login = (context: string, ...more: string[]) =>
  runCli(['login', '--context', context, '--url', product.url, '--project', tenant.projectId, '--key-stdin', ...more], {
    env: { HOME: home.HOME },
    input: `${tenant.key}\n`,
  });

describe('everhook login', () => {
  it('reads the key from stdin, tries it, and keeps it in a file that only its owner can read', async () => {
    const { code, stdout, stderr } = await login('dev');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Harbour Robotics');
    expect(stdout).not.toContain(tenant.key);
    expect((await stat(configFile())).mode & 0o777).toBe(0o600);
    expect((await stat(join(home.HOME, '.config/everhook'))).mode & 0o077).toBe(0);

    const who = await runCli(['whoami', '--json'], { env: { HOME: home.HOME } });
    expect(JSON.parse(who.stdout)).toMatchObject({ context: 'dev', production: false, projectId: tenant.projectId });
  });

  it('makes a file that others could read its owner’s again, and says so', async () => {
    await chmod(configFile(), 0o644);
    const { code, stderr } = await runCli(['whoami'], { env: { HOME: home.HOME } });
    expect(code).toBe(0);
    expect(stderr).toContain('Others could read');
    expect((await stat(configFile())).mode & 0o777).toBe(0o600);
  });

  it('does not keep a key that does not work', async () => {
    const { code, stderr } = await runCli(['login', '--context', 'bad', '--url', product.url, '--key-stdin'], {
      env: { HOME: home.HOME },
      input: 'ehk_not-a-key',
    });
    expect(code).toBe(3);
    expect(stderr).toContain('everhook login');
    expect(await readFile(configFile(), 'utf8')).not.toContain('"bad"');
  });

  it('ends at once with what to do where there is no terminal', async () => {
    const { code, stdout, stderr } = await runCli(['login'], { env: { HOME: home.HOME } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--key-stdin');
    expect(stderr).toContain('EVERHOOK_KEY');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no escape of a terminal
    expect(stderr).not.toMatch(/\u001b/);
  });

  it('says that the environment is enough where there is no home', async () => {
    const without = await runCli(['login', '--key-stdin'], { input: tenant.key });
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('EVERHOOK_URL and EVERHOOK_KEY');
    const who = await runCli(['whoami', '--json'], { env: tenant.env });
    expect(who.code).toBe(0);
    expect(JSON.parse(who.stdout)).toMatchObject({ context: null, url: product.url });
  });

  it('does not show the key that is typed in a terminal', async () => {
    const terminal = await cliInTerminal(['login', '--context', 'typed'], { HOME: home.HOME });
    await terminal.shows('URL [');
    terminal.type(`${product.url}\r`);
    await terminal.shows('Key');
    terminal.type(`${tenant.key}\r`);
    const { code, screen } = await terminal.ended;
    expect(code, screen).toBe(0);
    expect(screen).not.toContain(tenant.key);
    expect(JSON.parse(await readFile(configFile(), 'utf8')).contexts.typed.key).toBe(tenant.key);
  });

  it('ends with 130 when Ctrl-C comes instead of the key', async () => {
    const terminal = await cliInTerminal(['login'], { HOME: home.HOME });
    await terminal.shows('URL [');
    terminal.type('\u0003');
    expect((await terminal.ended).code).toBe(130);
  });
});

describe('contexts', () => {
  it('are listed, used and removed with their keys', async () => {
    await login('staging');
    const env = { HOME: home.HOME };
    await runCli(['context', 'use', 'dev'], { env });
    const { stdout } = await runCli(['context', 'list', '--json'], { env });
    const inUse = (JSON.parse(stdout) as { name: string; inUse: boolean }[]).filter(({ inUse }) => inUse);
    expect(inUse.map(({ name }) => name)).toEqual(['dev']);

    expect((await runCli(['context', 'remove', 'staging'], { env })).code).toBe(0);
    const gone = await runCli(['whoami', '--context', 'staging'], { env });
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain('Known: dev');
    expect(JSON.parse(await readFile(configFile(), 'utf8')).contexts).not.toHaveProperty('staging');
  });

  it('keep the secrets of their listeners when another one is removed whose name begins the same', async () => {
    for (const name of ['shop', 'shop of ünïcode']) await login(name);
    const config = JSON.parse(await readFile(configFile(), 'utf8'));
    const listenSecrets = { 'shop default': 'whsec_YQ==', 'shop of ünïcode default': 'whsec_Yg==' };
    await writeFile(configFile(), JSON.stringify({ ...config, listenSecrets }), { mode: 0o600 });
    expect((await runCli(['context', 'remove', 'shop'], { env: { HOME: home.HOME } })).code).toBe(0);
    expect(JSON.parse(await readFile(configFile(), 'utf8')).listenSecrets).toEqual({
      'shop of ünïcode default': 'whsec_Yg==',
    });
    await runCli(['context', 'use', 'dev'], { env: { HOME: home.HOME } });
  });

  it('lose their key by logout, and say how to get in again', async () => {
    await login('short');
    const env = { HOME: home.HOME };
    expect((await runCli(['logout', '--context', 'short'], { env })).code).toBe(0);
    const after = await runCli(['whoami', '--context', 'short'], { env });
    expect(after.code).toBe(3);
    expect(after.stderr).toContain('everhook login');
  });

  it('are overruled by the environment, but their keys go to no other service', async () => {
    const env = { HOME: home.HOME, EVERHOOK_CONTEXT: 'dev' };
    const other = await runCli(['whoami'], { env: { ...env, EVERHOOK_URL: 'http://127.0.0.1:9' } });
    expect(other.code).toBe(3);
    expect(other.stderr).toContain('EVERHOOK_URL names another service');
    const wrong = await runCli(['whoami', '--json'], { env: { ...env, EVERHOOK_KEY: 'ehk_wrong' } });
    expect(wrong.code).toBe(3);
    expect(JSON.parse(wrong.stderr).error).toMatchObject({ code: 'UNAUTHENTICATED', exitCode: 3 });
  });

  it('of production ask before they change much, and end with 2 where nobody can be asked', async () => {
    await login('production');
    const env = { HOME: home.HOME, EVERHOOK_CONTEXT: 'production' };
    const refused = await runCli(['trigger', 'order.paid'], { env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect((await runCli(['trigger', 'order.paid', '--yes'], { env })).code).toBe(0);

    const terminal = await cliInTerminal(['trigger', 'order.paid'], env);
    await terminal.shows('PRODUCTION');
    terminal.type('n\r');
    const { code, screen } = await terminal.ended;
    expect(code).toBe(1);
    expect(screen).toContain('Nothing was done.');
  });
});

describe('an address that is none', () => {
  it('is named with what to do, and ends with 2', async () => {
    for (const EVERHOOK_URL of ['hooks', 'ftp://hooks.example.com']) {
      const login = await runCli(['login', '--url', EVERHOOK_URL, '--key-stdin'], {
        env: { HOME: home.HOME },
        input: tenant.key,
      });
      expect([login.code, login.stderr]).toEqual([2, expect.stringContaining('must be the URL of the service')]);
      const { code, stderr } = await runCli(['events'], { env: { EVERHOOK_URL, EVERHOOK_KEY: 'ehk_a' } });
      expect([code, stderr]).toEqual([2, expect.stringContaining('EVERHOOK_URL must be the URL of the service')]);
    }
  });

  it('or has a password, which nothing would send, is refused and not shown', async () => {
    const EVERHOOK_URL = 'https://ada:s3cret@hooks.example.com';
    const env = { HOME: home.HOME };
    for (const ended of [
      await runCli(['login', '--url', EVERHOOK_URL, '--key-stdin'], { env, input: tenant.key }),
      await runCli(['doctor'], { env: { EVERHOOK_URL, EVERHOOK_KEY: 'ehk_a' } }),
    ]) {
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('must have no user name and password') });
      expect(ended.stdout + ended.stderr).not.toContain('s3cret');
    }
  });
});

describe('a broken file of keys', () => {
  it('is named with what to do', async () => {
    const own = await cliHome();
    await mkdir(join(own.HOME, '.config/everhook'), { recursive: true });
    await writeFile(join(own.HOME, '.config/everhook/config.json'), '{ "contexts": ', { mode: 0o600 });
    const said = async () => {
      const { code, stderr } = await runCli(['context', 'list'], { env: { HOME: own.HOME } });
      expect(code).toBe(1);
      return stderr;
    };
    expect(await said()).toContain('is not JSON');
    for (const content of ['null', '[]', '{ "contexts": null }', '{ "contexts": { "dev": { "key": "ehk_a" } } }']) {
      await writeFile(join(own.HOME, '.config/everhook/config.json'), content);
      expect(await said(), content).toMatch(
        /config\.json is not as `everhook login` writes it\. Mend it, or remove it/,
      );
    }
    await own.remove();
  });
});
