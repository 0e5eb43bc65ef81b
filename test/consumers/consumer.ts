import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A consumer that runs as a process of its own. */
export interface Consumer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts one of the consumers in this folder: receivers that know of a system what its document tells its users, and
 * nothing of this code. They answer 200 to what is genuine, and 401 or 403 to what is not.
 *
 * @param file name with extension; `.py` runs under python3.
 */
export async function startConsumer(file: string, secret: string): Promise<Consumer> {
  const program = file.endsWith('.py') ? 'python3' : process.execPath;
  const child = spawn(program, [join(import.meta.dirname, file)], {
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  const early = ended.then(([code]) => Promise.reject(new Error(`The consumer ${file} ended with code ${code}.`)));
  early.catch(() => {});
  const [port] = await Promise.race([once(createInterface(child.stdout), 'line'), failed, early]);
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    async close() {
      child.kill();
      await ended;
    },
  };
}
