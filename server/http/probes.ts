import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { reply, replyJson } from './reply.ts';

/** How long a part may take to answer, and how long its answer is cached, in milliseconds. */
const timeoutMs = 2_000;
const cacheMs = 1_000;

/** A process's metrics as text. */
export interface MetricsText extends Pick<Registry, 'contentType'> {
  metrics(): Promise<string>;
}

export interface Probes {
  /** Whether the process lives. */
  health(response: ServerResponse): void;
  /** Whether every part can be reached; the answer names each. */
  readiness(response: ServerResponse): Promise<void>;
  metrics(response: ServerResponse): Promise<void>;
}

/** @param parts - probes by the part's name; each rejects if the part cannot be reached */
export function createProbes(
  parts: Readonly<Record<string, () => Promise<unknown>>>,
  metrics: MetricsText,
  log: Logger,
): Probes {
  let last: { readonly states: Promise<[name: string, state: string][]>; readonly until: number } | null = null;

  async function stateOf(name: string, ask: () => Promise<unknown>): Promise<[string, string]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(
        () => reject(Object.assign(new Error(`No answer within ${timeoutMs} ms.`), { code: 'ETIMEDOUT' })),
        timeoutMs,
      );
    });
    try {
      await Promise.race([ask(), late]);
      return [name, 'ok'];
    } catch (error) {
      log.warn({ err: error, part: name }, 'a part cannot be reached');
      return [name, 'unreachable'];
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    health: (response) => replyJson(response, 200, { status: 'ok' }),
    async readiness(response) {
      // Anybody may call this, so answers are cached for a moment.
      if (last === null || last.until < performance.now()) {
        const states = Promise.all(Object.entries(parts).map(([name, ask]) => stateOf(name, ask)));
        last = { states, until: performance.now() + timeoutMs + cacheMs };
        states.then(() => {
          last = { states, until: performance.now() + cacheMs };
        });
      }
      const states = await last.states;
      const ready = states.every(([, state]) => state === 'ok');
      replyJson(response, ready ? 200 : 503, { status: ready ? 'ok' : 'unavailable', ...Object.fromEntries(states) });
    },
    async metrics(response) {
      reply(response, 200, metrics.contentType.replace(/; *charset=utf-8/, ''), await metrics.metrics());
    },
  };
}
