import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { endProcess, identify, type ProcessIdentity } from './processIdentity.ts';

/** A program that this process started and can end. */
export interface LocalProcess {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly child: ChildProcess;
  /** Resolves, never rejects, when it has ended, for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks it to end and waits; kills it after `patienceMs`. */
  stop(timeoutMs?: number): Promise<void>;
  /** Ends it without warning, as `kill -9` does. */
  kill(): Promise<void>;
}

/** A log that only grows fills the disk, so one older file is kept. */
const maxLogBytes = 10 * 1024 * 1024;

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (logLength(path) > maxLogBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log, for an error message. */
export function logTail(path: string, lines = 8): string {
  try {
    const last = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines);
    return last.map((line) => line.slice(0, 400)).join('\n');
  } catch {
    return '';
  }
}

/** How long a log is, in bytes: 0 if there is none. */
export const logLength = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** What was written to a log since it had a length. A log that was begun anew is shorter. */
export async function saidSince(path: string, length: number): Promise<string> {
  const text = await readFile(path).catch(() => Buffer.alloc(0));
  return text.subarray(text.length < length ? 0 : length).toString();
}

const running = new Set<ChildProcess>();

/** Lets {@link killStarted} know a program, from its first moment on. */
export function remember(child: ChildProcess): void {
  running.add(child);
  for (const event of ['exit', 'error']) child.once(event, () => running.delete(child));
}

/** Kills every program that this process started and that still runs, as `kill -9` does: for an immediate end. */
export function killStarted(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Ends what an earlier start left running: a killed supervisor could not stop its parts.
 *
 * @param patienceMs - after this long it is killed
 * @param giveUp - gives up the wait
 */
export async function endRecorded(
  pidFile: string,
  stopSignal: NodeJS.Signals,
  patienceMs = 30_000,
  giveUp?: AbortSignal,
): Promise<void> {
  let recorded: ProcessIdentity;
  try {
    recorded = JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  } catch {
    return;
  }
  if (!Number.isSafeInteger(recorded.pid) || recorded.pid < 2) return;
  await endProcess(recorded, stopSignal, patienceMs, giveUp);
}

/**
 * Starts a program that writes to a log file, in a process group of its own: a Ctrl-C in the terminal reaches only the
 * supervisor, which then stops its parts in order.
 *
 * @param options.log - default: this process's own output
 * @param options.pidFile - remembers the process; a remembered process that still runs is ended first
 * @param options.ipc - opens a channel for Node's `process.send`; the program sees it close when this process dies
 * @param options.stopSignal - asks this program to end. Default SIGTERM
 */
export async function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  options: SpawnOptions & { log?: string; pidFile?: string; stopSignal?: NodeJS.Signals; ipc?: boolean },
): Promise<LocalProcess> {
  const { log, pidFile, stopSignal = 'SIGTERM', ipc = false, ...spawnOptions } = options;
  if (pidFile !== undefined) await endRecorded(pidFile, stopSignal);
  const descriptor = log === undefined ? null : openLog(log);
  let child: ChildProcess;
  try {
    const output = descriptor ?? 'inherit';
    const stdio: StdioOptions = ['ignore', output, output, ...(ipc ? (['ipc'] as const) : [])];
    child = spawn(command, args, { stdio, detached: true, ...spawnOptions });
    remember(child);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${name} does not start: ${error.message}`)));
  });
  const pid = child.pid as number;
  const identity = (await identify(pid)) ?? { pid, startedAt: 'ended at once' };
  if (pidFile !== undefined) {
    writeFileSync(pidFile, JSON.stringify(identity));
    void exited.then(() => rmSync(pidFile, { force: true }));
  }
  const end = async (signal: NodeJS.Signals, timeoutMs: number) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await exited;
    clearTimeout(timer);
  };
  return {
    name,
    identity,
    child,
    exited,
    stop: (timeoutMs = 30_000) => end(stopSignal, timeoutMs),
    kill: () => end('SIGKILL', 10_000),
  };
}
