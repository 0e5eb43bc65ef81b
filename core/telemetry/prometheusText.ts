import type { MetricObject, MetricValue } from 'prom-client';

/** A series' value as prom-client's JSON has it. */
export interface ReadValue extends MetricValue<string> {
  /** A histogram's parts have a name each. */
  readonly metricName?: string;
}

/** A metric as prom-client's JSON has it. */
export interface ReadMetric extends Pick<MetricObject, 'name' | 'help'> {
  readonly type: unknown;
  readonly values: ReadValue[];
}

const escapes: Readonly<Record<string, string>> = { n: '\n' };
const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_all, character: string) => escapes[character] ?? character);

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const labelsOf = (text = ''): Record<string, string> =>
  Object.fromEntries([...text.matchAll(label)].map(([, name = '', value = '']) => [name, unescaped(value)]));

/**
 * Reads Prometheus' text format. What stands below no `# TYPE` is left out.
 *
 * @param text - as a program serves it at `/metrics`
 */
export function readPrometheusText(text: string): ReadMetric[] {
  const metrics = new Map<string, ReadMetric>();
  const helps = new Map<string, string>();
  let kind: { readonly name: string; readonly type: string } | null = null;
  for (const line of text.split('\n')) {
    const [, about, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (about === 'HELP') helps.set(name, unescaped(rest));
    if (about === 'TYPE') kind = { name, type: rest.trim() };
    const [, series, labels, value] = sample.exec(line) ?? [];
    if (series === undefined || kind === null || !series.startsWith(kind.name)) continue;
    const isPart = kind.type === 'histogram';
    // A counter's series may end in `_total` where its type does not.
    const metricName: string = isPart ? kind.name : series;
    const metric: ReadMetric = metrics.get(metricName) ?? {
      name: metricName,
      help: helps.get(kind.name) ?? '',
      type: kind.type,
      values: [],
    };
    metrics.set(metricName, metric);
    metric.values.push({ labels: labelsOf(labels), value: Number(value), ...(isPart ? { metricName: series } : {}) });
  }
  return [...metrics.values()];
}
