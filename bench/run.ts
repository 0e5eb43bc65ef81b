import { type Figures, type Latency, latencyOf } from './figures.ts';
import type { Installation } from './installation.ts';
import { bareLimit } from './limit.ts';
import { cpuSeconds, peakMemoryMb } from './processTree.ts';
import type { ReceiverProcess } from './receiverProcess.ts';

/** The amount of work in each scenario. */
export interface Sizes {
  readonly limit: number;
  readonly batched: number;
  readonly single: number;
  readonly seconds: number;
}

export type Say = (text: string) => void;

async function throughput(
  { publisher }: Installation,
  receiver: ReceiverProcess,
  events: number,
  eventsACall: number,
  inFlight: number,
): Promise<number> {
  await receiver.reset();
  const startedAt = performance.timeOrigin + performance.now();
  await publisher.flood(events, eventsACall, inFlight);
  const { lastAt } = await receiver.until(events, 60_000);
  return events / ((lastAt - startedAt) / 1_000);
}

async function paced(
  { publisher }: Installation,
  receiver: ReceiverProcess,
  perSecond: number,
  seconds: number,
  share = 1,
): Promise<Latency> {
  await receiver.reset();
  await publisher.pace(perSecond, seconds);
  const { latencies } = await receiver.until(Math.floor(perSecond * seconds * share), 30_000);
  return latencyOf(latencies);
}

/** One run of every scenario over one installation. */
export async function runOnce(
  installation: Installation,
  receiver: ReceiverProcess,
  sizes: Sizes,
  say: Say,
): Promise<Figures> {
  const { parts, pids } = installation;
  say('the bare limit');
  const limitPerSecond = await bareLimit(receiver, sizes.limit, 64);
  say('100 events a call');
  const cpuBefore = cpuSeconds(pids);
  const batchedPerSecond = await throughput(installation, receiver, sizes.batched, 100, 8);
  const cpuSecondsPerThousand = ((cpuSeconds(pids) - cpuBefore) / sizes.batched) * 1_000;
  say('one event a call');
  const singlePerSecond = await throughput(installation, receiver, sizes.single, 1, 64);
  say('100 a second');
  const latencyAt100 = await paced(installation, receiver, 100, sizes.seconds);
  say('500 a second');
  const latencyAt500 = await paced(installation, receiver, 500, sizes.seconds);
  say('500 a second, one receiver dead');
  await installation.replaceWebhook(0, '/dead');
  const latencyAt500OneDead = await paced(installation, receiver, 500, sizes.seconds, 0.9);
  await installation.replaceWebhook(0, '/hook/0');
  return {
    limitPerSecond,
    batchedPerSecond,
    singlePerSecond,
    latencyAt100,
    latencyAt500,
    latencyAt500OneDead,
    cpuSecondsPerThousand,
    peakMemoryMb: peakMemoryMb(parts.api.pid) + peakMemoryMb(parts.worker.pid),
  };
}
