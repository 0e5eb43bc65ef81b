#!/usr/bin/env node
import { endAtOnceWhenAsked } from '../core/ground/endAtOnce.ts';
import { endWithNpm } from './endWithNpm.ts';
import { apiFlags, memoryEnvironment, workerFlags } from './nodeFlags.ts';

interface Command {
  readonly text: string;
  /** How it ends when a signal comes before it handles signals itself. */
  readonly endedEarly: number;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  load(): Promise<unknown>;
}

/** What a shell reports of a program that SIGTERM ended. */
const terminated = 143;

/** Each command's modules are loaded only when it is chosen. */
const commands: Readonly<Record<string, Command>> = {
  start: {
    text: 'API and worker together, on PostgreSQL and Temporal of its own unless the environment names others',
    endedEarly: 0,
    load: () => import('./main.ts'),
  },
  api: {
    text: 'an API process: publishing, first attempts, queries, the live feed, the dashboard',
    endedEarly: 0,
    flags: apiFlags,
    load: () => import('../server/processes/api.ts'),
  },
  worker: {
    text: 'a worker process: retries, backlogs, the sweep',
    endedEarly: 0,
    flags: workerFlags,
    load: () => import('../server/processes/worker.ts'),
  },
  migrate: {
    text: 'applies the database migrations that are missing, and ends',
    endedEarly: terminated,
    load: () => import('./migrate.ts'),
  },
  promote: {
    text: 'gives workflows to the workers of this build, and ends',
    endedEarly: terminated,
    load: () => import('./promote.ts'),
  },
  'keys:rotate': {
    text: 'encrypts again what is under an older key, and ends; with --generate it prints a new key',
    endedEarly: terminated,
    load: () => import('./rotateKeys.ts'),
  },
  health: {
    text: 'asks whether what this container runs is alive',
    endedEarly: terminated,
    load: () => import('./health.ts'),
  },
};

const width = Math.max(...Object.keys(commands).map((name) => name.length));
const usage = `Usage: everhook-server COMMAND

${Object.entries(commands)
  .map(([name, { text }]) => `  ${name.padEnd(width)}  ${text}`)
  .join('\n')}

  ${'--version'.padEnd(width)}  prints the version
  ${'--help'.padEnd(width)}  prints this

Settings are environment variables: docs/run.md.
`;

/**
 * Continues with the flags in a new program of the same process: signals go to it, and its exit code is this one's. Node
 * before 22.15 cannot do that, and flags that the operator chose have priority.
 */
function withFlags(flags: readonly string[]): void {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const missing = flags.filter((flag) => !given.includes(flag.split('=')[0] as string));
  const { execve } = process as { execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => void };
  if (missing.length === 0 || execve === undefined || process.platform === 'win32') return;
  const [node, ...args] = process.argv as [string, ...string[]];
  execve(process.execPath, [node, ...process.execArgv, ...missing, ...args], { ...memoryEnvironment, ...process.env });
}

async function main(): Promise<void> {
  const [name] = process.argv.slice(2);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) {
    endAtOnceWhenAsked(command.endedEarly);
    endWithNpm();
    // Libraries check less then.
    process.env.NODE_ENV ||= 'production';
    withFlags(command.flags ?? []);
    await command.load();
  } else if (name === '--version' || name === '-v') {
    process.stdout.write(`${(await import('../core/ground/version.ts')).version}\n`);
  } else if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage);
  } else {
    process.stderr.write(
      `${name === undefined ? 'No command is given.' : `There is no command "${name}".`}\n\n${usage}`,
    );
    process.exitCode = 2;
  }
}

await main();
