import type { Installation } from './installation.ts';
import { typeOf, webhookCount } from './payload.ts';
import { cpuSeconds } from './processTree.ts';
import type { ReceiverProcess } from './receiverProcess.ts';

/** CPU of one retried delivery, in milliseconds, without the processes' use at rest; and the number of requests. */
export interface RetryCost {
  readonly temporal: number;
  readonly postgres: number;
  readonly worker: number;
  readonly api: number;
  readonly sum: number;
  readonly requests: number;
  readonly wanted: number;
  readonly seconds: number;
}

export interface RetryFigures {
  readonly once: RetryCost;
  readonly threeTimes: RetryCost;
  readonly alone: RetryCost;
}

type Part = 'temporal' | 'postgres' | 'worker' | 'api';

function cpuOf({ parts }: Installation): Record<Part, number> {
  const of = (part: { readonly pid: number } | null | undefined) => (part ? cpuSeconds([part.pid]) : 0);
  return { temporal: of(parts.temporal), postgres: of(parts.postgres), worker: of(parts.worker), api: of(parts.api) };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const observeMs = 4_000;

/** The CPU that each part uses a second while idle. */
async function idleShares(installation: Installation): Promise<Record<Part, number>> {
  await installation.atRest(20);
  const before = cpuOf(installation);
  await sleep(observeMs);
  const after = cpuOf(installation);
  const share = (part: Part) => (after[part] - before[part]) / (observeMs / 1_000);
  return { temporal: share('temporal'), postgres: share('postgres'), worker: share('worker'), api: share('api') };
}

/**
 * Measures the cost of retries: from the refusal of the last first attempt until all are delivered, or from the start.
 *
 * @param publish - publishes events that make this many deliveries
 */
async function cost(
  installation: Installation,
  receiver: ReceiverProcess,
  deliveries: number,
  retries: number,
  publish: () => Promise<void>,
): Promise<RetryCost> {
  const idle = await idleShares(installation);
  const wanted = deliveries * (retries + 1);
  await receiver.reset(deliveries * retries);
  const before = cpuOf(installation);
  const startedAt = performance.now();
  await publish();
  await receiver.until(deliveries, 60_000);
  await receiver.until(wanted, 120_000);
  // Wait until the last outcomes are recorded and the workflows end.
  await sleep(2_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = cpuOf(installation);
  const { count } = await receiver.report();
  const each = (part: Part) => ((after[part] - before[part] - idle[part] * seconds) / deliveries) * 1_000;
  const [temporal, postgres, worker, api] = [each('temporal'), each('postgres'), each('worker'), each('api')];
  return { temporal, postgres, worker, api, sum: temporal + postgres + worker + api, requests: count, wanted, seconds };
}

/** One webhook with many failures, all its deliveries retried once or three times; and a lone failure on each of 100 webhooks. */
export async function measureRetries(
  installation: Installation,
  receiver: ReceiverProcess,
  count: number,
  say: (text: string) => void,
): Promise<RetryFigures> {
  const { publisher } = installation;
  const many = async (retries: number) => {
    for (let index = 0; index < webhookCount; index++) {
      await installation.replaceWebhook(
        index,
        '/due',
        Array.from({ length: retries + 4 }, () => 'PT2S'),
      );
    }
    return cost(installation, receiver, count, retries, () => publisher.flood(count, 100, 8));
  };
  say(`${count} deliveries retried once`);
  const once = await many(1);
  say(`${count} deliveries retried three times`);
  const threeTimes = await many(3);
  say('a lone failure on each of 100 webhooks');
  for (let index = 0; index < webhookCount; index++) await installation.replaceWebhook(index, '/hook');
  await installation.addWebhooks(100, '/due', typeOf(0), ['PT4S', 'PT4S']);
  await installation.replaceWebhook(0, '/due', ['PT4S', 'PT4S']);
  const alone = await cost(installation, receiver, 101, 1, () => publisher.flood(1, 1, 1));
  return { once, threeTimes, alone };
}

export function retryRows({ once, threeTimes, alone }: RetryFigures): [name: string, value: string][] {
  const row = (each: RetryCost) =>
    `${each.sum.toFixed(2)} ms (Temporal ${each.temporal.toFixed(2)}, PostgreSQL ${each.postgres.toFixed(2)}, worker ${each.worker.toFixed(2)}, API ${each.api.toFixed(2)}); ${each.requests} of ${each.wanted} requests`;
  return [
    ['CPU a delivery, attempt and one retry', row(once)],
    ['CPU a delivery, attempt and three retries', row(threeTimes)],
    ['CPU a delivery, a lone failure on each of 100 webhooks', row(alone)],
  ];
}
