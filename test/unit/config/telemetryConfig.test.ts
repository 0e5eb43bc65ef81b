import { describe, expect, it } from 'vitest';
import { type ConfigError, loadConfig, settingsOf } from '../../../core/composition/config.ts';
import { configProblems } from '../../support/configProblems.ts';
import { pemPath } from '../../support/tlsBeforeTemporal.ts';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';
const telemetryOf = (env: NodeJS.ProcessEnv) => loadConfig(env).telemetry;

describe('telemetry', () => {
  it('is off until a collector is named, and where it is disabled', () => {
    expect(telemetryOf({})).toBeNull();
    expect(telemetryOf({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'hooks' })).toBeNull();
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'True' })).toBeNull();
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT, ...none })).toBeNull();
  });

  it('records everything by default, and lets publishers decide within a bound', () => {
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'false' })).toEqual({
      traces: { ratio: 1, parentBased: true },
      metrics: { intervalMs: 60_000, timeoutMs: 30_000 },
      logs: true,
      collector: { traces: { headers: {} }, metrics: { headers: {} }, logs: { headers: {} } },
      askedPerSecond: 100,
    });
  });

  it('sends each signal that has an endpoint', () => {
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' })).toMatchObject({
      metrics: null,
      logs: false,
    });
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toMatchObject({ traces: null });
  });

  it('gives each signal its headers, decoded, its own before those of all', () => {
    const collector = telemetryOf({
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20one, x-tenant=a%2Cb',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'authorization=Bearer%20two',
    })?.collector;
    const all = { authorization: 'Bearer one', 'x-tenant': 'a,b' };
    expect(collector).toEqual({
      traces: { headers: all },
      metrics: { headers: all },
      logs: { headers: { ...all, authorization: 'Bearer two' } },
    });
  });

  it('reads the certificates of a collector, each signal’s own before those of all, and names files that cannot work', () => {
    const files = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: pemPath('authority'),
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: pemPath('client'),
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: pemPath('client-key'),
    };
    const collector = telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT, ...files })?.collector;
    expect(collector?.traces.authority?.toString()).toContain('BEGIN CERTIFICATE');
    expect(collector?.traces.client).toBeUndefined();
    expect(collector?.logs.client?.key.toString()).toContain('PRIVATE KEY');
    const { OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: _, ...half } = files;
    expect(
      configProblems({ OTEL_EXPORTER_OTLP_ENDPOINT, ...half, OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' }),
    ).toEqual([
      'OTEL_EXPORTER_OTLP_CERTIFICATE: the file cannot be read (ENOENT).',
      'OTEL_EXPORTER_OTLP_CLIENT_KEY: is missing. OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE requires it.',
    ]);
  });

  it.each([
    ['always_on', undefined, { ratio: 1, parentBased: false }],
    ['always_off', undefined, { ratio: 0, parentBased: false }],
    ['traceidratio', '0.01', { ratio: 0.01, parentBased: false }],
    ['parentbased_always_off', undefined, { ratio: 0, parentBased: true }],
    ['parentbased_traceidratio', '.5', { ratio: 0.5, parentBased: true }],
  ])('samples by %s', (sampler, share, expected) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share };
    expect(telemetryOf(env)?.traces).toMatchObject(expected);
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'yes'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'ftp://collector'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'secret-without-a-name'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=hidden%2-broken'],
    ['OTEL_EXPORTER_OTLP_LOGS_HEADERS', 'key=hidden%0abroken'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zip'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta'],
    ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', '10s'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_PROPAGATORS', 'b3multi,baggage'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ['EVERHOOK_TRACEPARENT_RATE', '-1'],
  ])('names %s where it is wrong, and not its value', (name, value) => {
    let problems: readonly string[] = [];
    try {
      loadConfig({ [name]: value });
    } catch (error) {
      problems = (error as ConfigError).problems;
    }
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: must `))]);
    if (value.length > 5) expect(problems[0]).not.toContain(value);
  });

  it('reaches both processes with all that OpenTelemetry’s packages read, and an empty value is none', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_BSP_SCHEDULE_DELAY: '100', OTHER: 'x' };
    for (const kind of ['api', 'worker'] as const) {
      const { OTHER: _, ...otel } = env;
      expect(settingsOf(kind, env)).toEqual(otel);
    }
    expect(telemetryOf({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeNull();
  });
});
