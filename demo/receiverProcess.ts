import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Receipt } from './receivers/listen.ts';

/** One of the programs in `receivers/`, running. */
export interface ReceiverProcess {
  readonly url: string;
  /** What it answered, in order. */
  readonly receipts: readonly Receipt[];
  tell(secret: string): void;
  stop(): Promise<void>;
}

/** @param program - name of a file in `receivers/`, without ending */
export async function startReceiver(program: string): Promise<ReceiverProcess> {
  const child = fork(join(import.meta.dirname, 'receivers', `${program}.js`));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const receipts: Receipt[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The receiver ${program} ended with code ${code}.`)));
    child.on('message', (message: number | Receipt) => {
      if (typeof message === 'number') resolve(message);
      else receipts.push(message);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    receipts,
    tell: (secret) => child.send(secret),
    stop() {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}
