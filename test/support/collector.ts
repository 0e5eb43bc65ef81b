import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import otlp from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { pemPath } from './tlsBeforeTemporal.ts';

type Value = string | number | boolean | undefined;

/** A span as it arrived, with what the test looks at in plain form. */
export interface CollectedSpan {
  readonly service: Value;
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, Value>>;
  /** 2 is an error. */
  readonly status: number;
}

export interface CollectedLog {
  readonly service: Value;
  readonly severity: string;
  /** Empty for a line of no trace. */
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, Value>>;
}

export interface CollectedPoint {
  readonly service: Value;
  readonly name: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly attributes: Readonly<Record<string, Value>>;
  /** Of a histogram, its count. */
  readonly value: number;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

// The packages' own decoder, of which they publish no types.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Decoded = any;

const pem = (name: string) => readFileSync(pemPath(name));
const requests = (otlp as Decoded).opentelemetry.proto.collector;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const attributesOf = (list: Decoded[] = []): Record<string, Value> =>
  Object.fromEntries(
    list.map(({ key, value }) => {
      const { stringValue, boolValue, intValue, doubleValue } = value;
      return [key, stringValue ?? boolValue ?? (intValue == null ? doubleValue : Number(intValue))];
    }),
  );

/**
 * A collector of OpenTelemetry: takes OTLP as protobuf over HTTPS from clients with a certificate, and decodes it with OpenTelemetry's own
 * code.
 */
export class Collector {
  readonly spans: CollectedSpan[] = [];
  readonly logs: CollectedLog[] = [];
  readonly points: CollectedPoint[] = [];
  /** Headers of the requests. */
  readonly headers: Record<string, unknown>[] = [];
  /** All bytes that arrived, as text. */
  raw = '';
  readonly #server: Server;

  constructor() {
    const tls = { cert: pem('server'), key: pem('server-key'), ca: pem('authority'), requestCert: true };
    this.#server = createServer(tls, (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        this.headers.push(request.headers);
        this.#take(request.url ?? '', Buffer.concat(chunks));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** How a process sends to it. */
  readonly settings = {
    OTEL_EXPORTER_OTLP_CERTIFICATE: pemPath('authority'),
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: pemPath('client'),
    OTEL_EXPORTER_OTLP_CLIENT_KEY: pemPath('client-key'),
  };

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The spans of one trace. */
  of(traceId: string): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(path: string, body: Buffer): void {
    this.raw += body.toString('latin1');
    const each = (request: Decoded, resources: string, scopes: string, items: string, take: Decoded) => {
      for (const one of request.decode(body)[resources]) {
        const service = attributesOf(one.resource?.attributes)['service.name'];
        for (const scope of one[scopes]) for (const item of scope[items]) take(item, service);
      }
    };
    if (path === '/v1/traces') {
      each(
        requests.trace.v1.ExportTraceServiceRequest,
        'resourceSpans',
        'scopeSpans',
        'spans',
        (span: Decoded, service: Value) =>
          this.spans.push({
            service,
            name: span.name,
            kind: span.kind,
            traceId: hex(span.traceId),
            spanId: hex(span.spanId),
            parentSpanId: hex(span.parentSpanId),
            links: (span.links ?? []).map((link: Decoded) => ({
              traceId: hex(link.traceId),
              spanId: hex(link.spanId),
            })),
            attributes: attributesOf(span.attributes),
            status: span.status?.code ?? 0,
          }),
      );
    } else if (path === '/v1/logs') {
      each(
        requests.logs.v1.ExportLogsServiceRequest,
        'resourceLogs',
        'scopeLogs',
        'logRecords',
        (record: Decoded, service: Value) =>
          this.logs.push({
            service,
            severity: record.severityText,
            traceId: hex(record.traceId),
            spanId: hex(record.spanId),
            body: record.body?.stringValue ?? '',
            attributes: attributesOf(record.attributes),
          }),
      );
    } else if (path === '/v1/metrics') {
      each(
        requests.metrics.v1.ExportMetricsServiceRequest,
        'resourceMetrics',
        'scopeMetrics',
        'metrics',
        (metric: Decoded, service: Value) => {
          const kind = (['sum', 'gauge', 'histogram'] as const).find((name) => metric[name]);
          if (!kind) throw new Error(`${metric.name} is no sum, gauge or histogram`);
          for (const point of metric[kind].dataPoints) {
            this.points.push({
              service,
              name: metric.name,
              kind,
              attributes: attributesOf(point.attributes),
              value: Number(kind === 'histogram' ? point.count : (point.asDouble ?? point.asInt)),
              bounds: point.explicitBounds ?? [],
              counts: (point.bucketCounts ?? []).map(Number),
            });
          }
        },
      );
    } else throw new Error(`nothing takes ${path}`);
  }
}
