import type { TlsFiles } from '../ground/tlsFiles.ts';

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
export interface CollectorSettings extends TlsFiles {
  /** What requests carry: the collector's key, for example. */
  readonly headers: Readonly<Record<string, string>>;
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
