import { z } from 'zod';
import { tlsFiles } from '../ground/tlsFiles.ts';
import type { CollectorSettings, TelemetrySettings } from '../telemetry/settings.ts';

const signals = ['TRACES', 'METRICS', 'LOGS'] as const;
type Signal = (typeof signals)[number];

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

function isEndpoint(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

const endpoint = z
  .string()
  .refine(isEndpoint, { error: 'must be the http:// or https:// URL of a collector, such as http://127.0.0.1:4318' })
  .optional();

const exporter = z.enum(['otlp', 'none'], { error: 'must be otlp or none' }).optional();

const protocol = z
  .enum(['http/protobuf'], { error: 'must be http/protobuf, which collectors take on port 4318' })
  .optional();

/** A header and its value, from `name=value`; null for another text. Names are the same in any case. */
function pairOf(text: string): [string, string] | null {
  const [, name, encoded] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]+)\s*$/.exec(text) ?? [];
  if (name === undefined || encoded === undefined) return null;
  try {
    const value = decodeURIComponent(encoded);
    // What Node would refuse in a header.
    return /[^\t\x20-\x7e\x80-\xff]/.test(value) ? null : [name.toLowerCase(), value];
  } catch {
    return null;
  }
}

const headers = z
  .string()
  .refine((text) => text.split(',').every((pair) => pairOf(pair) !== null), {
    error: 'must be name=value pairs with commas between them, the values percent-encoded',
  })
  .optional();

/** A file of PEM. */
const file = z.string().optional();

const compression = z.enum(['gzip', 'none'], { error: 'must be gzip or none' }).optional();

const milliseconds = (fallback: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) > 0, { error: 'must be a whole number of milliseconds' })
    .transform(Number)
    .default(fallback);

/** A setting of all exporters, and of each signal's own. */
const ofExporters = <Name extends string, T>(name: Name, type: T) =>
  Object.fromEntries(
    ['', ...signals.map((signal) => `${signal}_`)].map((signal) => [`OTEL_EXPORTER_OTLP_${signal}${name}`, type]),
  ) as Record<`OTEL_EXPORTER_OTLP_${'' | `${Signal}_`}${Name}`, T>;

/** The variables of OpenTelemetry's specification that are understood here. */
const environment = z.object({
  OTEL_SDK_DISABLED: z
    .string()
    .transform((text) => text.toLowerCase())
    .refine((text) => text === 'true' || text === 'false', { error: 'must be true or false' })
    .optional(),
  OTEL_TRACES_EXPORTER: exporter,
  OTEL_METRICS_EXPORTER: exporter,
  OTEL_LOGS_EXPORTER: exporter,
  ...ofExporters('ENDPOINT', endpoint),
  ...ofExporters('PROTOCOL', protocol),
  ...ofExporters('HEADERS', headers),
  ...ofExporters('COMPRESSION', compression),
  ...ofExporters('CERTIFICATE', file),
  ...ofExporters('CLIENT_CERTIFICATE', file),
  ...ofExporters('CLIENT_KEY', file),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: z
    .string()
    .transform((text) => text.toLowerCase())
    .refine((text) => text === 'cumulative', { error: 'must be cumulative: Prometheus gets the same' })
    .optional(),
  ...ofExporters('TIMEOUT', milliseconds(10_000)),
  OTEL_PROPAGATORS: z
    .string()
    .refine((text) => text.split(',').some((name) => name.trim() === 'tracecontext'), {
      error: 'must have tracecontext among its names, the only one that is read and sent',
    })
    .optional(),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, { error: `must be one of ${samplers.join(', ')}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^(0|1|0?\.\d+|0\.\d+|1\.0+)$/.test(text), { error: 'must be a share from 0 to 1, such as 0.01' })
    .transform(Number)
    .default(1),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds(60_000),
  OTEL_METRIC_EXPORT_TIMEOUT: milliseconds(30_000),
});

const names = Object.keys(environment.shape) as (keyof typeof environment.shape)[];

/** The pairs of a header setting that was checked. */
const pairsOf = (text: string | undefined): [string, string][] =>
  (text ?? '').split(',').flatMap((pair) => {
    const found = pairOf(pair);
    return found === null ? [] : [found];
  });

/**
 * What is sent: each signal that has a collector, unless its exporter is `none`. An empty value counts as absent.
 *
 * @param secrets - settings that came from files
 * @returns null as settings where nothing is sent; a line for each value that is wrong
 */
export function readTelemetry(
  env: NodeJS.ProcessEnv,
  secrets: Readonly<Record<string, string>> = {},
): {
  settings: Omit<TelemetrySettings, 'askedPerSecond'> | null;
  problems: readonly string[];
} {
  const given = names.map((key) => [key, env[key]?.trim() || secrets[key] || undefined]);
  const result = environment.safeParse(Object.fromEntries(given));
  if (result.success) return settingsOf(result.data);
  // Values may be secrets: only the messages written here are shown.
  return { settings: null, problems: result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}.`) };
}

function settingsOf(values: z.output<typeof environment>): ReturnType<typeof readTelemetry> {
  if (values.OTEL_SDK_DISABLED === 'true') return { settings: null, problems: [] };
  const sends = (signal: Signal): boolean =>
    values[`OTEL_${signal}_EXPORTER`] !== 'none' &&
    (values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]) !== undefined;
  // A file for all signals that cannot be read is one problem.
  const problems = new Set<string>();
  const collectorOf = (signal: Signal): CollectorSettings => {
    const own = (name: `${'CLIENT_' | ''}CERTIFICATE` | 'CLIENT_KEY') =>
      values[`OTEL_EXPORTER_OTLP_${signal}_${name}`] === undefined
        ? `OTEL_EXPORTER_OTLP_${name}`
        : `OTEL_EXPORTER_OTLP_${signal}_${name}`;
    const { files, problems: found } = tlsFiles(
      { authority: own('CERTIFICATE'), certificate: own('CLIENT_CERTIFICATE'), key: own('CLIENT_KEY') },
      values,
    );
    for (const problem of found) problems.add(problem);
    const headers = [
      ...pairsOf(values.OTEL_EXPORTER_OTLP_HEADERS),
      ...pairsOf(values[`OTEL_EXPORTER_OTLP_${signal}_HEADERS`]),
    ];
    return { headers: Object.fromEntries(headers), ...files };
  };
  const sampler = values.OTEL_TRACES_SAMPLER;
  const ratio = sampler.endsWith('always_on') ? 1 : sampler.endsWith('always_off') ? 0 : values.OTEL_TRACES_SAMPLER_ARG;
  const parentBased = sampler.startsWith('parentbased_');
  const intervalMs = values.OTEL_METRIC_EXPORT_INTERVAL;
  const settings = {
    traces: sends('TRACES') ? { ratio, parentBased } : null,
    metrics: sends('METRICS')
      ? { intervalMs, timeoutMs: Math.min(intervalMs, values.OTEL_METRIC_EXPORT_TIMEOUT) }
      : null,
    logs: sends('LOGS'),
    collector: { traces: collectorOf('TRACES'), metrics: collectorOf('METRICS'), logs: collectorOf('LOGS') },
  };
  const isOff = settings.traces === null && settings.metrics === null && !settings.logs;
  return { settings: isOff ? null : settings, problems: [...problems] };
}
