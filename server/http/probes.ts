import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { reply, replyJson } from './reply.ts';

/** How long the parts may take to answer, and how long their answer is believed, in milliseconds. */
const patienceMs = 2_000;
const believedMs = 1_000;

export interface Probes {
  /** The process lives. */
  health(response: ServerResponse): void;
  /** Every part can be reached; the answer names each. */
  readiness(response: ServerResponse): Promise<void>;
  metrics(response: ServerResponse): Promise<void>;
}

/** @param ask - whether each part can be reached, by its name; null where the parts do not answer in time */
export function createProbes(
  ask: () => Promise<Readonly<Record<string, boolean>>>,
  metrics: Registry,
  log: Logger,
): Probes {
  let last: { readonly parts: Promise<Readonly<Record<string, boolean>> | null>; readonly until: number } | null = null;

  async function inTime(): Promise<Readonly<Record<string, boolean>> | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, patienceMs, null);
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (error) {
      log.warn({ err: error }, 'whether the parts can be reached could not be found out');
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    health: (response) => replyJson(response, 200, { status: 'ok' }),
    async readiness(response) {
      // Anybody may ask, so what was learned a moment ago is told again.
      if (last === null || last.until < performance.now()) {
        last = { parts: inTime(), until: performance.now() + believedMs };
      }
      const parts = await last.parts;
      const ready = parts !== null && Object.values(parts).every(Boolean);
      const named = Object.entries(parts ?? {}).map(([name, reached]) => [name, reached ? 'ok' : 'unreachable']);
      replyJson(response, ready ? 200 : 503, {
        status: ready ? 'ok' : 'unavailable',
        ...Object.fromEntries(named),
      });
    },
    async metrics(response) {
      reply(response, 200, metrics.contentType.replace(/; *charset=utf-8/, ''), await metrics.metrics());
    },
  };
}
