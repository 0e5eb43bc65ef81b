import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ReceiverReport } from './receiver.ts';

/** The receiver at which all figures are taken. */
export interface ReceiverProcess {
  readonly url: string;
  /** @param refusals - how many requests to `/due` are answered with 503 */
  reset(refusals?: number): Promise<void>;
  report(): Promise<ReceiverReport>;
  /** Resolves when this many requests have come since the reset. */
  until(count: number, withinMs: number): Promise<ReceiverReport>;
  close(): void;
}

function answer<T>(child: ChildProcess, request: object | null): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as T));
    if (request) child.send(request);
  });
}

export async function startReceiver(): Promise<ReceiverProcess> {
  const child = fork(join(import.meta.dirname, 'receiver.js'), { stdio: 'inherit', serialization: 'advanced' });
  const { port } = await answer<{ port: number }>(child, null);
  const report = () => answer<ReceiverReport>(child, { ask: 'report' });
  return {
    url: `http://127.0.0.1:${port}`,
    async reset(refusals = 0) {
      await answer(child, { ask: 'reset', refusals });
    },
    report,
    async until(count, withinMs) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const seen = await report();
        if (seen.count >= count) return seen;
        if (performance.now() > deadline)
          throw new Error(`Only ${seen.count} of ${count} requests came within ${withinMs} ms.`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => child.disconnect(),
  };
}
