export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The figures of one run of the bench. */
export interface Figures {
  readonly limitPerSecond: number;
  readonly batchedPerSecond: number;
  readonly singlePerSecond: number;
  readonly latencyAt100: Latency;
  readonly latencyAt500: Latency;
  /** Of the nine healthy webhooks, while the tenth's receiver never answers. */
  readonly latencyAt500OneDead: Latency;
  /** API, worker, PostgreSQL and Temporal, while events are published in batches. */
  readonly cpuSecondsPerThousand: number;
  /** API and worker together. */
  readonly peakMemoryMb: number;
}

const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

export function latencyOf(latencies: readonly number[]): Latency {
  const sorted = [...latencies].sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

export const median = (values: readonly number[]): number =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** The median of each figure over several runs. */
export function medians(runs: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => median(runs.map(pick));
  const latency = (pick: (figures: Figures) => Latency): Latency => ({
    p50Ms: of((f) => pick(f).p50Ms),
    p99Ms: of((f) => pick(f).p99Ms),
  });
  return {
    limitPerSecond: of((f) => f.limitPerSecond),
    batchedPerSecond: of((f) => f.batchedPerSecond),
    singlePerSecond: of((f) => f.singlePerSecond),
    latencyAt100: latency((f) => f.latencyAt100),
    latencyAt500: latency((f) => f.latencyAt500),
    latencyAt500OneDead: latency((f) => f.latencyAt500OneDead),
    cpuSecondsPerThousand: of((f) => f.cpuSecondsPerThousand),
    peakMemoryMb: of((f) => f.peakMemoryMb),
  };
}
