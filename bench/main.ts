import { parseArgs } from 'node:util';
import { dashboardRows, measureDashboard } from './dashboard.ts';
import { deletionRows, measureDeletion } from './deletion.ts';
import { fairnessTable, measureFairness } from './fairness.ts';
import { type Figures, type Latency, medians } from './figures.ts';
import { type InboundFigures, inboundRows, measureInbound, medianInbound } from './inbound.ts';
import { type Installation, startInstallation } from './installation.ts';
import { allowedMs, listingTable, measureListing } from './listing.ts';
import { startReceiver } from './receiverProcess.ts';
import { measureRetries, retryRows } from './retries.ts';
import { runOnce, type Sizes } from './run.ts';
import { measureWaiting, type WaitingFigures } from './waiting.ts';

const {
  json,
  quick,
  only,
  attack = [],
} = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    only: { type: 'string' },
    attack: { type: 'string', multiple: true },
  },
}).values;
if (
  only !== undefined &&
  !['inbound', 'fairness', 'retries', 'waiting', 'deletion', 'listing', 'dashboard'].includes(only)
) {
  throw new Error(
    `--only ${only}: there is no such part. Say --only inbound, fairness, retries, waiting, deletion, listing or dashboard, or leave it out for everything.`,
  );
}
const sizes: Sizes = quick
  ? { limit: 10_000, batched: 10_000, single: 5_000, seconds: 4 }
  : { limit: 30_000, batched: 40_000, single: 20_000, seconds: 10 };
const runs = quick ? 1 : 3;
const say = (text: string) => process.stderr.write(`${text}\n`);

function table(figures: Figures): string {
  const { limitPerSecond, batchedPerSecond, singlePerSecond } = figures;
  const rate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
  const part = (value: number) => `${rate(value)}, ${(value / limitPerSecond).toFixed(2)} of the limit`;
  const latency = ({ p50Ms, p99Ms }: Latency) => `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  const rows: [string, string][] = [
    ['bare limit: POSTs by a loop to the same receiver', rate(limitPerSecond)],
    ['delivered, 100 events a call', part(batchedPerSecond)],
    ['delivered, one event a call, 64 in flight', part(singlePerSecond)],
    ['publish to receive at 100/s', latency(figures.latencyAt100)],
    ['publish to receive at 500/s', latency(figures.latencyAt500)],
    ['the same, one of ten receivers dead, the other nine', latency(figures.latencyAt500OneDead)],
    ['CPU for 1,000 deliveries, all processes', `${figures.cpuSecondsPerThousand.toFixed(2)} s`],
    ['peak memory, API and worker', `${Math.round(figures.peakMemoryMb)} MiB`],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(54)}${value}`).join('\n');
}

const inboundTable = (figures: InboundFigures): string =>
  inboundRows(figures)
    .map(([name, value]) => `  ${name.padEnd(54)}${value}\n`)
    .join('');

const waitingTable = (waiting: WaitingFigures): string =>
  `  ${'waiting for retry: CPU meanwhile, all processes'.padEnd(54)}${(waiting.waitingCpuShare * 100).toFixed(1)} % of a core (idle: ${(waiting.idleCpuShare * 100).toFixed(1)} %)\n` +
  `  ${'waiting for retry: latest after its time'.padEnd(54)}${Math.round(waiting.dueLateMaxMs)} ms (p99 ${Math.round(waiting.dueLateP99Ms)} ms)\n`;

const receiver = await startReceiver();

async function inboundFigures(installation: Installation): Promise<InboundFigures> {
  const found: InboundFigures[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}: trackers report 1,000 events a second`);
    found.push(await measureInbound(installation, 1_000, quick ? 4_000 : 10_000));
  }
  return medianInbound(found);
}

function print(figures: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : text);
}

async function measureAll(installation: Installation): Promise<void> {
  const found: Figures[] = [];
  for (let run = 1; run <= runs; run++) {
    found.push(await runOnce(installation, receiver, sizes, (text) => say(`run ${run} of ${runs}: ${text}`)));
  }
  const figures = medians(found);
  say('10,000 deliveries waiting for their retry');
  const waiting = await measureWaiting(installation, receiver, quick ? 2_000 : 10_000);
  const inbound = await inboundFigures(installation);
  print(
    { ...figures, ...waiting, ...inbound },
    `\nMedians of ${runs} run${runs === 1 ? '' : 's'}; 1 KB events, 10 webhooks, everything on this machine:\n\n` +
      `${table(figures)}\n` +
      waitingTable(waiting) +
      inboundTable(inbound),
  );
}

async function measureFair(): Promise<void> {
  // An attacker meets the limits that everybody has who sets none.
  const start = () => startInstallation(receiver.url, { EVERHOOK_RATE_LIMIT: '' });
  const found = await measureFairness(start, receiver, quick ? 6 : 12, attack, say);
  print(found, `\nBeside an attacker, everything on this machine; ! is beyond the bound:\n\n${fairnessTable(found)}`);
}

async function measureSpeed(): Promise<void> {
  const installation = await startInstallation(receiver.url);
  try {
    await installation.publisher.flood(2_000, 1, 64);
    if (only === 'inbound') {
      const inbound = await inboundFigures(installation);
      print(inbound, inboundTable(inbound));
    } else if (only === 'retries') {
      const figures = await measureRetries(installation, receiver, quick ? 2_000 : 10_000, say);
      print(
        figures,
        retryRows(figures)
          .map(([name, value]) => `  ${name.padEnd(54)}${value}\n`)
          .join(''),
      );
    } else if (only === 'deletion') {
      const figures = await measureDeletion(installation, receiver, quick ? 100_000 : 1_000_000, say);
      print(
        figures,
        deletionRows(figures)
          .map(([name, value]) => `  ${name.padEnd(54)}${value}\n`)
          .join(''),
      );
    } else if (only === 'dashboard') {
      const figures = await measureDashboard(installation, receiver, 10_000, quick ? 5 : 15, say);
      print(
        figures,
        dashboardRows(figures)
          .map(([name, value]) => `  ${name.padEnd(54)}${value}\n`)
          .join(''),
      );
    } else if (only === 'listing') {
      const lists = await measureListing(installation, quick ? 300_000 : 3_000_000, quick ? 20 : 50, say);
      print(
        lists,
        `\nThe first page of 50, asked for one after another; ! is beyond ${allowedMs} ms:\n\n${listingTable(lists)}`,
      );
    } else if (only === 'waiting') {
      const waiting = await measureWaiting(installation, receiver, quick ? 2_000 : 10_000);
      print(waiting, waitingTable(waiting));
    } else await measureAll(installation);
  } finally {
    await installation.close();
  }
}

try {
  await (only === 'fairness' ? measureFair() : measureSpeed());
} finally {
  receiver.close();
}
