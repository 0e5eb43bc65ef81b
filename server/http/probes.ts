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
  /**
   * Whether every part can be reached; the answer names each.
   *
   * @param excluded - names of parts that are not asked
   */
  readiness(response: ServerResponse, excluded?: readonly string[]): Promise<void>;
  metrics(response: ServerResponse): Promise<void>;
  /** From now on the process is alive but not ready: it is about to end. */
  end(): void;
}

/**
 * @param parts - probes by the part's name; each rejects if the part cannot be reached
 * @param egress - the way out, if one is set. While it is blocked events are still accepted, so it is shown and counts nowhere
 */
export function createProbes(
  parts: Readonly<Record<string, () => Promise<unknown>>>,
  metrics: MetricsText,
  log: Logger,
  egress: { readonly isBlocked: boolean } | null = null,
): Probes {
  let ending = false;
  const last = new Map<string, { readonly state: Promise<string>; readonly until: number }>();

  async function ask(name: string, part: () => Promise<unknown>): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(
        () => reject(Object.assign(new Error(`No answer within ${timeoutMs} ms.`), { code: 'ETIMEDOUT' })),
        timeoutMs,
      );
    });
    try {
      await Promise.race([part(), late]);
      return 'ok';
    } catch (error) {
      log.warn({ err: error, part: name }, 'a part cannot be reached');
      return 'unreachable';
    } finally {
      clearTimeout(timer);
    }
  }

  /** Anybody may call this, so answers are cached for a moment. */
  function stateOf(name: string, part: () => Promise<unknown>): Promise<string> {
    const cached = last.get(name);
    if (cached !== undefined && cached.until >= performance.now()) return cached.state;
    const state = ask(name, part);
    last.set(name, { state, until: performance.now() + timeoutMs + cacheMs });
    void state.then(() => last.set(name, { state, until: performance.now() + cacheMs }));
    return state;
  }

  return {
    health: (response) => replyJson(response, 200, { status: 'ok' }),
    end() {
      ending = true;
    },
    async readiness(response, excluded = []) {
      if (ending) return replyJson(response, 503, { status: 'ending' });
      const asked = Object.entries(parts).filter(([name]) => !excluded.includes(name));
      const states = await Promise.all(asked.map(async ([name, part]) => [name, await stateOf(name, part)] as const));
      const ready = states.every(([, state]) => state === 'ok');
      replyJson(response, ready ? 200 : 503, {
        status: ready ? 'ok' : 'unavailable',
        ...Object.fromEntries(states),
        ...(egress ? { egress: egress.isBlocked ? 'blocked' : 'ok' } : {}),
      });
    },
    async metrics(response) {
      reply(response, 200, metrics.contentType.replace(/; *charset=utf-8/, ''), await metrics.metrics());
    },
  };
}
