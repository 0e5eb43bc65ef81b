import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, usageError } from '../exit/codes.ts';
import { plain, tell } from '../terminal/output.ts';

/** A service, and how to get in. */
export interface Context {
  readonly url: string;
  /** Absent after `logout`. */
  readonly key?: string | undefined;
  readonly project?: string | undefined;
  /** It asks before it changes much. */
  readonly production?: boolean | undefined;
}

export interface Config {
  readonly current?: string | undefined;
  readonly contexts: Readonly<Record<string, Context>>;
  /** Secrets of listeners, by context (or URL) and profile: the same at each start. */
  readonly listenSecrets: Readonly<Record<string, string>>;
}

const nothing: Config = { contexts: {}, listenSecrets: {} };
const lockWaitMs = 5_000;

/** Where the file lies; null where there is no home for it, as in many containers. */
export function configPath(env: NodeJS.ProcessEnv = process.env): string | null {
  const { XDG_CONFIG_HOME, HOME, APPDATA } = env;
  if (XDG_CONFIG_HOME) return join(XDG_CONFIG_HOME, 'everhook', 'config.json');
  if (HOME) return join(HOME, '.config', 'everhook', 'config.json');
  return APPDATA ? join(APPDATA, 'everhook', 'config.json') : null;
}

/** @throws CliError where there is no home */
export function requirePath(): string {
  const path = configPath();
  if (path !== null) return path;
  throw usageError(
    'There is no place to keep keys: neither XDG_CONFIG_HOME nor HOME is set. Set EVERHOOK_URL and EVERHOOK_KEY instead; they need no file.',
  );
}

async function guard(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600);
  tell(
    `Others could read ${plain(path)}, which holds keys. It is yours alone now; replace keys that others may have seen.`,
  );
}

export async function readConfig(): Promise<Config> {
  const path = configPath();
  if (path === null) return nothing;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    await guard(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Also where the home is no folder of this user.
    if (code === 'ENOENT' || code === 'ENOTDIR') return nothing;
    throw new CliError(`The file with your keys cannot be read: ${message}`);
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new CliError(`${path} is not JSON. Mend it, or remove it and run \`everhook login\` again.`);
  }
  if (isConfig(read)) return { ...nothing, ...read };
  throw new CliError(
    `${path} is not as \`everhook login\` writes it. Mend it, or remove it and run \`everhook login\` again.`,
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNone = (value: unknown): boolean => value === undefined || isText(value);

/** Whether somebody else changed the file so that it cannot be read. */
function isConfig(value: unknown): value is Partial<Config> {
  if (!isObject(value)) return false;
  const { current, contexts = {}, listenSecrets = {} } = value;
  return (
    isTextOrNone(current) &&
    isObject(contexts) &&
    Object.values(contexts).every(
      (each) => isObject(each) && isText(each.url) && isTextOrNone(each.key) && isTextOrNone(each.project),
    ) &&
    isObject(listenSecrets) &&
    Object.values(listenSecrets).every(isText)
  );
}

/** Whether there was such a process, and is no longer. */
function hasDied(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Two commands at once must not lose each other's change. */
async function locked<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`;
  const until = Date.now() + lockWaitMs;
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = await readFile(lock, 'utf8').catch(() => '');
      // Whoever was killed in the middle holds it no longer, nor does whoever holds it so long.
      if (hasDied(Number(holder)) || Date.now() > until) {
        await rm(lock, { force: true });
        if (hasDied(Number(holder))) await rm(`${path}.${holder}`, { force: true });
      } else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/**
 * Changes the file: it is replaced whole, and only its owner can read it.
 *
 * @throws CliError where there is no home
 */
export async function changeConfig(change: (config: Config) => Config): Promise<Config> {
  const path = requirePath();
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await locked(path, async () => {
      const config = change(await readConfig());
      const fresh = `${path}.${process.pid}`;
      await writeFile(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
      await rename(fresh, path);
      return config;
    });
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `${path} cannot be written: ${(error as Error).message}. Set EVERHOOK_URL and EVERHOOK_KEY instead; they need no file.`,
    );
  }
}
