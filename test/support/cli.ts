import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import type { Product } from './installation.ts';

const entry = join(packageRoot, 'cli/dist/everhook.js');

export interface CliOptions {
  /** Everything that it gets, besides the path. */
  readonly env?: NodeJS.ProcessEnv;
  /** What comes on its stdin; absent: nothing, and it ends at once. */
  readonly input?: string;
  readonly cwd?: string;
  /** A file for its stdout, by its descriptor. @default none: what it says is in the result */
  readonly stdout?: number;
  /** Its program. @default the one of this clone */
  readonly program?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs, without a terminal. */
export interface RunningCli {
  readonly pid: number;
  /** The next line of stdout or stderr that has this text and was not returned before. Rejects when it ends without one. */
  line(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts the compiled CLI as a process of its own. */
export function startCli(
  args: readonly string[],
  { env = {}, input, cwd, stdout, program = entry }: CliOptions = {},
): RunningCli {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: [input === undefined ? 'ignore' : 'pipe', stdout ?? 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
      child.emit('said');
    });
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...output })));
  const taken = new Map<string, number>();
  return {
    pid: child.pid as number,
    ended,
    kill: (signal) => void child.kill(signal),
    line: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = `${output.stdout}\n${output.stderr}`.split('\n').filter((line) => line.includes(text));
          const next = taken.get(text) ?? 0;
          if (found.length <= next) return;
          taken.set(text, next + 1);
          child.off('said', look);
          resolve(found[next] as string);
        };
        child.on('said', look);
        void ended.then(({ code, stdout, stderr }) => {
          look();
          reject(new Error(`It ended with ${code} and never said "${text}":\n${stdout}\n${stderr}`));
        });
        look();
      }),
  };
}

/** Runs the compiled CLI to its end. */
export const runCli = (args: readonly string[], options?: CliOptions): Promise<Ended> => startCli(args, options).ended;

/** A folder of its own as home. */
export async function cliHome(): Promise<{ readonly HOME: string; remove(): Promise<void> }> {
  const HOME = await mkdtemp(join(tmpdir(), 'everhook cli '));
  return { HOME, remove: () => rm(HOME, { recursive: true, force: true }) };
}

export interface CliTenant {
  readonly organizationId: string;
  readonly projectId: string;
  /** An owner's. */
  readonly key: string;
  /** The environment in which the CLI works in the project. */
  readonly env: { readonly EVERHOOK_URL: string; readonly EVERHOOK_KEY: string; readonly EVERHOOK_PROJECT: string };
}

/** An organization with a project and the type order.paid, for the CLI. */
export async function cliTenant(product: Product): Promise<CliTenant> {
  const { createOrganization } = await product.call<{ createOrganization: { organization: { id: string } } }>(
    'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
  );
  const organizationId = createOrganization.organization.id;
  const { createProject } = await product.call<{ createProject: { project: { id: string } } }>(
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { input: { organizationId, name: 'Berths' } },
  );
  const projectId = createProject.project.id;
  const { createApiKey } = await product.call<{ createApiKey: { key: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { organizationId, name: 'CLI', role: 'OWNER' } },
  );
  const input = {
    projectId,
    name: 'order.paid',
    schema: { type: 'object', properties: { amount: { type: 'number' } } },
    example: { amount: 5, customer: { name: 'Ada' } },
  };
  await product.call(
    'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }',
    {
      input,
    },
  );
  const { key } = createApiKey;
  const env = { EVERHOOK_URL: product.url, EVERHOOK_KEY: key, EVERHOOK_PROJECT: projectId };
  return { organizationId, projectId, key, env };
}

/** The JSON lines of an output. */
export const jsonLines = <Line = Record<string, unknown>>(text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{') || line.startsWith('['))
    .map((line) => JSON.parse(line) as Line);
