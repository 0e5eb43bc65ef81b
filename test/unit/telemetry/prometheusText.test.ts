import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { readPrometheusText } from '../../../core/telemetry/prometheusText.ts';

describe('metrics in Prometheus’ text format', () => {
  it('are read as prom-client had them before it wrote them', async () => {
    const registry = new Registry();
    const registers = [registry];
    const odd = 'quote " backslash \\ line\nend, brace } {equals="x"}';
    new Counter({ name: 'calls_total', help: 'Calls\\ made.\nAll.', labelNames: ['code'], registers }).inc(
      { code: odd },
      3,
    );
    new Gauge({ name: 'pollers', help: 'Pollers.', registers }).set(-1.5e-7);
    const histogram = new Histogram({
      ...{ name: 'latency_seconds', help: 'Latency.', labelNames: ['queue'], buckets: [0.1, 1], registers },
    });
    histogram.observe({ queue: 'a' }, 0.5);
    histogram.observe({ queue: 'b' }, 5);
    const written = JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as {
      name: string;
      values: { labels: Record<string, unknown>; exemplar?: unknown }[];
    }[];
    const plain = written.map(({ name, values, ...rest }) => ({
      name,
      help: (rest as { help?: string }).help,
      type: (rest as { type?: string }).type,
      values: values.map(({ exemplar: _, ...value }) => ({
        ...value,
        // Text has no numbers among its labels.
        labels: Object.fromEntries(Object.entries(value.labels).map(([label, each]) => [label, String(each)])),
      })),
    }));
    expect(readPrometheusText(await registry.metrics())).toEqual(plain);
  });

  it('keep the series’ name where a counter’s type has none of its ending, and what has no type is left out', () => {
    const text = 'stray 1\n# TYPE request counter\nrequest_total{operation="Poll"} 4 1700000000\nother 2\n';
    expect(readPrometheusText(text)).toEqual([
      { name: 'request_total', help: '', type: 'counter', values: [{ labels: { operation: 'Poll' }, value: 4 }] },
    ]);
  });
});
