import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  InstrumentType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, Registry } from 'prom-client';
import { version } from '../ground/version.ts';
import { type ReadMetric, type ReadValue, readPrometheusText } from './prometheusText.ts';

/** Metrics that are no part of the registry, as text in Prometheus' format. */
export interface MoreMetrics {
  /** What counts them. */
  readonly scope: string;
  text(): Promise<string>;
}

/** What Prometheus gets, for OTLP, with the same names, labels and values: everything is counted once. */
export class RegistryProducer implements MetricProducer {
  readonly #registry: Registry;
  readonly #more: MoreMetrics | null;
  readonly #startTime: HrTime = hrTime();

  constructor(registry: Registry, more: MoreMetrics | null) {
    this.#registry = registry;
    this.#more = more;
  }

  async collect(): Promise<CollectionResult> {
    const [own, text] = await Promise.all([this.#registry.getMetricsAsJSON(), this.#more?.text() ?? '']);
    const endTime = hrTime();
    const of = (name: string, found: readonly ReadMetric[]) => ({
      scope: { name, version },
      metrics: found.flatMap((metric) => dataOf(metric, this.#startTime, endTime) ?? []),
    });
    const scopeMetrics = [of('everhook', own as MetricObjectWithValues<ReadValue>[])];
    if (this.#more !== null && text !== '') scopeMetrics.push(of(this.#more.scope, readPrometheusText(text)));
    return { resourceMetrics: { resource: Resource.empty(), scopeMetrics }, errors: [] };
  }
}

const isPlain = ({ value }: ReadValue): boolean => Number.isFinite(value);

/** @returns null for a kind that OTLP has not, or that nothing was counted of */
function dataOf(metric: ReadMetric, startTime: HrTime, endTime: HrTime): MetricData | null {
  const { name, help, values } = metric;
  // Prom-client's types call it an enum; its JSON has the name.
  const type = String(metric.type);
  const descriptor = (kind: InstrumentType) => ({
    name,
    description: help,
    unit: name.endsWith('_seconds') || name.endsWith('_seconds_total') ? 's' : name.endsWith('_bytes') ? 'By' : '',
    type: kind,
    valueType: ValueType.DOUBLE,
  });
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const points = () =>
    values
      .filter(isPlain)
      .map(({ labels, value }) => ({ startTime, endTime, attributes: labels as Attributes, value }));
  if (values.length === 0) return null;
  if (type === 'counter') {
    return {
      descriptor: descriptor(InstrumentType.COUNTER),
      aggregationTemporality,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: points(),
    };
  }
  if (type === 'gauge') {
    return {
      descriptor: descriptor(InstrumentType.GAUGE),
      aggregationTemporality,
      dataPointType: DataPointType.GAUGE,
      dataPoints: points(),
    };
  }
  if (type !== 'histogram') return null;
  return {
    descriptor: descriptor(InstrumentType.HISTOGRAM),
    aggregationTemporality,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: histograms(name, values).map(({ attributes, value }) => ({ startTime, endTime, attributes, value })),
  };
}

interface Series {
  readonly attributes: Attributes;
  /** Upper bounds with how many values are at most so large, the smallest first. */
  readonly upTo: [bound: number, count: number][];
  sum: number;
  count: number;
}

/** Prometheus counts a value in each bucket that it fits; OTLP only in the first. */
function histograms(name: string, values: readonly ReadValue[]) {
  const series = new Map<string, Series>();
  for (const { labels, value, metricName } of values) {
    const { le, ...attributes } = labels as Record<string, string | number>;
    const key = JSON.stringify(attributes);
    let one = series.get(key);
    if (!one) {
      one = { attributes, upTo: [], sum: 0, count: 0 };
      series.set(key, one);
    }
    if (metricName === `${name}_sum`) one.sum = value;
    else if (metricName === `${name}_count`) one.count = value;
    else if (le !== undefined && le !== '+Inf') one.upTo.push([Number(le), value]);
  }
  return [...series.values()].map(({ attributes, upTo, sum, count }) => {
    const counts = [...upTo.map(([, each]) => each), count].map((each, index, all) => each - (all[index - 1] ?? 0));
    return { attributes, value: { buckets: { boundaries: upTo.map(([bound]) => bound), counts }, sum, count } };
  });
}
