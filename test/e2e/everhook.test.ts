import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { version } from '../../core/ground/version.ts';

const entry = join(packageRoot, 'dist', 'start', 'everhook.js');

interface Ended {
  readonly code: number;
  readonly output: string;
}

function everhook(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [entry, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, output: `${out}${err}` }),
    );
  });
}

/** What it says in production: JSON lines, and nothing else. */
const said = ({ output }: Ended): string =>
  output
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .join('\n');

const commands = ['start', 'api', 'worker', 'migrate', 'promote', 'keys:rotate', 'health'];

describe('everhook-server', () => {
  it('tells its version and its commands', async () => {
    expect(await everhook(['--version'])).toEqual({ code: 0, output: `${version}\n` });
    const { code, output } = await everhook(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(output).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it.each([[['serve']], [['constructor']], [[]]])('names the known commands where %j is none', async (args) => {
    const { code, output } = await everhook(args);
    expect(code).toBe(2);
    expect(output).toContain(args.length > 0 ? `There is no command "${args[0]}".` : 'No command is given.');
    for (const command of commands) expect(output).toContain(command);
  });

  it('makes an encryption key without any setting', async () => {
    const { code, output } = await everhook(['keys:rotate', '--generate']);
    expect([code, output]).toEqual([0, expect.stringMatching(/^[\w-]+:[A-Za-z0-9+/]{43}=\n$/)]);
  });
});

describe('everhook-server migrate', () => {
  const name = `migrated_${process.pid}`;
  const url = () => Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
  const query = async (database: string, statement: string) => {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };

  beforeAll(() => query(inject('postgresUrl'), `CREATE DATABASE ${name}`));
  afterAll(() => query(inject('postgresUrl'), `DROP DATABASE ${name} WITH (FORCE)`));

  it('says which migration fails, and does not end as if all were well; repeated after the repair, it applies all', async () => {
    await query(url(), "CREATE TYPE profile AS ENUM ('stands in the way')");
    const failed = await everhook(['migrate'], { DATABASE_URL: url() });
    expect(failed.code).toBe(1);
    const names = (await readdir(join(packageRoot, 'prisma', 'migrations'))).filter((each) => /^\d/.test(each)).sort();
    expect(said(failed)).toContain(names[0]);
    expect(said(failed)).toContain('"profile" already exists');

    await query(url(), 'DROP TYPE profile');
    const repaired = await everhook(['migrate'], { DATABASE_URL: url() });
    expect([repaired.code, said(repaired)]).toEqual([0, expect.stringContaining('All migrations are applied.')]);
    for (const each of names) expect(said(repaired)).toContain(each);
    const again = await everhook(['migrate'], { DATABASE_URL: url() });
    expect([again.code, said(again)]).toEqual([0, 'No migration was missing.']);
  });

  it('names the setting that is missing', async () => {
    const missing = await everhook(['migrate']);
    expect([missing.code, said(missing)]).toEqual([1, expect.stringContaining('DATABASE_URL: is missing')]);
  });
});
