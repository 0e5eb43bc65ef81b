/** What a process sends to an OpenTelemetry collector, by OTLP. Null for a signal that it does not send. */
export interface TelemetrySettings {
  readonly traces: TraceSettings | null;
  readonly metrics: MetricSettings | null;
  readonly logs: boolean;
  readonly collector: Readonly<Record<'traces' | 'metrics' | 'logs', CollectorSettings>>;
  /** Spans a second of this process that may be recorded because a publisher's `traceparent` says so. */
  readonly askedPerSecond: number;
}

/** How a signal's collector is spoken with. */
export interface CollectorSettings {
  /** What requests carry: the collector's key, for example. */
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates that the collector's is verified with, instead of the system's. PEM. */
  readonly authority?: Buffer;
  /** What this process proves its identity with. PEM. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
}

export interface TraceSettings {
  /** The share of what begins here that is recorded, from 0 to 1. */
  readonly ratio: number;
  /** Whether a publisher's `traceparent` decides, where there is one. */
  readonly parentBased: boolean;
}

export interface MetricSettings {
  /** Milliseconds. */
  readonly intervalMs: number;
  /** Milliseconds, at most the interval. */
  readonly timeoutMs: number;
}
