import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, TraceFlags, trace } from '@opentelemetry/api';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../client-sdk/src/index.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { StackContext } from '../../core/telemetry/stackContext.ts';
import { createTemporalClient } from '../../workflows/client/temporal.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { bundlePath } from '../../workflows/worker/deployment.ts';
import { traced } from '../../workflows/worker/traced.ts';
import { Collector } from '../support/collector.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { type Received, Receiver } from '../support/receiver.ts';
import { slowness } from '../support/slowness.ts';

const random = (bytes: number) =>
  Array.from({ length: bytes * 2 }, () => 'f0123456789abcde'[1 + Math.floor(Math.random() * 15)]).join('');
/** A publisher's position in a trace of its own. */
const position = (flags = '01') => {
  const [traceId, spanId] = [`f${random(16).slice(1)}`, `f${random(8).slice(1)}`];
  return { traceId, spanId, text: `00-${traceId}-${spanId}-${flags}` };
};

/** Answers by the path: `/fail-once/…` fails the first time, all else takes everything. */
const failed = new Set<string>();
const answer = ({ path, body }: Received) => {
  if (!path.startsWith('/fail-once')) return 200;
  const key = `${path} ${body}`;
  if (failed.has(key)) return 200;
  failed.add(key);
  return 500;
};

let collector: Collector;
let receiver: Receiver;

beforeAll(async () => {
  collector = await new Collector().listen();
  receiver = await new Receiver(answer).listen();
});
afterAll(async () => {
  await receiver?.close();
  await collector?.close();
});

/** A tenant with its key, and how it makes webhooks and publishes. */
async function tenantOf(installation: Installation) {
  const made = async <T>(field: string, inner: string, input: object): Promise<T> => {
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input!`;
    const data = await installation.call<Record<string, T>>(
      `mutation($input: ${type}) { ${field}(input: $input) { ${inner} } }`,
      { input },
    );
    return data[field] as T;
  };
  const { organization } = await made<{ organization: { id: string } }>('createOrganization', 'organization { id }', {
    name: 'Harbour',
  });
  const organizationId = organization.id;
  const { project } = await made<{ project: { id: string } }>('createProject', 'project { id }', {
    organizationId,
    name: 'Cranes',
    profile: 'STANDARD',
  });
  const projectId = project.id;
  const { key } = await made<{ key: string }>('createApiKey', 'key', {
    organizationId,
    name: 'Publisher',
    role: 'ADMIN',
  });
  return {
    organizationId,
    projectId,
    key,
    /** Makes a webhook, with an event type of its own. */
    async webhook(type: string, path: string, more: object = {}): Promise<string> {
      await made('createEventType', 'eventType { name }', { projectId, name: type, schema: {} });
      const { webhook } = await made<{ webhook: { id: string } }>('createWebhook', 'webhook { id }', {
        projectId,
        name: type,
        url: `${receiver.url}${path}`,
        eventTypes: [type],
        retrySchedule: ['PT1S', 'PT1S'],
        ...more,
      });
      return webhook.id;
    },
    async publish(events: object[], headers: Record<string, string> = {}): Promise<string[]> {
      const response = await fetch(`${installation.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
        body: JSON.stringify({
          query: 'mutation($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
          variables: { input: { projectId, events } },
        }),
      });
      const { data, errors } = (await response.json()) as {
        data: { publishEvents: { events: { id: string }[] } };
        errors?: unknown;
      };
      if (errors) throw new Error(JSON.stringify(errors));
      return data.publishEvents.events.map(({ id }) => id);
    },
    async publishByRest(event: object, headers: Record<string, string>): Promise<void> {
      const response = await fetch(`${installation.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
        body: JSON.stringify({ ...event, projectId }),
      });
      expect(response.status, await response.text()).toBeLessThan(300);
    },
  };
}

/** The requests at a path, once there are so many. */
async function requestsAt(path: string, count: number): Promise<Received[]> {
  const found = () => receiver.received.filter((each) => each.path === `/${path}`);
  await expect.poll(() => found().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
  return found();
}

/** Once its delivery has arrived, the headers of each attempt as its log shows them. */
async function shownHeaders(installation: Installation, webhookId: string): Promise<(readonly [string, string])[][]> {
  type Attempts = { request: { headers: { name: string; value: string }[] } | null }[];
  type Log = { deliveries: { edges: { node: { status: string; attempts: Attempts } }[] } };
  const log = async () => {
    const asked = `query ($id: ID!) { deliveries(webhookId: $id, first: 1) {
      edges { node { status attempts { request { headers { name value } } } } } } }`;
    return (await installation.call<Log>(asked, { id: webhookId })).deliveries.edges[0]?.node;
  };
  await expect.poll(async () => (await log())?.status, { timeout: 20_000 }).toBe('DELIVERED');
  const { attempts = [] } = (await log()) ?? {};
  return attempts.map(({ request }) => request?.headers.map(({ name, value }) => [name, value] as const) ?? []);
}

/** A request's headers as they came, in their order. */
const cameAs = ({ rawHeaders }: Received) =>
  rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] as string] as const] : []));

/** The spans of a trace by name, once there are so many of each. */
async function treeOf(traceId: string, wanted: Record<string, number>) {
  const counted = () => {
    const counts: Record<string, number> = {};
    for (const { name } of collector.of(traceId)) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  await expect.poll(counted, { timeout: 20_000 }).toEqual(wanted);
  const spans = collector.of(traceId);
  return (name: string) => spans.filter((span) => span.name === name);
}

describe('an installation with a collector', () => {
  let installation: Installation;
  let tenant: Awaited<ReturnType<typeof tenantOf>>;
  let secrets: string;

  beforeAll(async () => {
    secrets = await mkdtemp(join(tmpdir(), 'everhook secrets '));
    const headers = join(secrets, 'headers');
    await writeFile(headers, 'x-collector-key=let-me-in\n');
    installation = await startInstallation({
      ...collector.settings,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS_FILE: headers,
      EVERHOOK_LOG_LEVEL: 'debug',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRIC_EXPORT_TIMEOUT: '1000',
    });
    tenant = await tenantOf(installation);
  });
  afterAll(async () => {
    await installation?.close();
    await rm(secrets, { recursive: true, force: true });
  });

  it('records one tree from the publisher over the commit to the attempt, which the receiver is told of', async () => {
    const webhookId = await tenant.webhook('crane.moved', 'plain');
    const caller = position();
    const [eventId] = await tenant.publish([{ type: 'crane.moved', data: { tons: 1 } }], {
      traceparent: caller.text,
      tracestate: 'vendor=internal',
      baggage: 'user=alice',
    });
    const [request] = await requestsAt('plain', 1);
    const named = await treeOf(caller.traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
    const [[publish], [store], [attempt]] = [named('publish events'), named('store events'), named('POST')];
    expect(publish).toMatchObject({
      service: 'everhook-api',
      kind: 4,
      parentSpanId: caller.spanId,
      attributes: {
        'messaging.system': 'everhook',
        'messaging.operation.name': 'publish',
        'messaging.batch.message_count': 1,
        'everhook.organization.id': tenant.organizationId,
        'everhook.project.id': tenant.projectId,
      },
    });
    expect(store).toMatchObject({ parentSpanId: publish?.spanId });
    expect(attempt).toMatchObject({
      kind: 3,
      parentSpanId: publish?.spanId,
      links: [],
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'messaging.message.id': eventId,
        'everhook.webhook.id': webhookId,
      },
    });
    expect(request?.headers.traceparent).toBe(`00-${caller.traceId}-${attempt?.spanId}-01`);
    expect(request?.headers).not.toHaveProperty('tracestate');
    expect(request?.headers).not.toHaveProperty('baggage');
    expect(collector.raw).not.toContain('vendor=internal');
    expect(collector.raw).not.toContain('alice');
  });

  it('gives each event the position that it names, by REST as by GraphQL', async () => {
    await tenant.webhook('crane.checked', 'several');
    const [call, one, other, byField] = [position(), position(), position(), position()];
    await tenant.publish(
      [
        { type: 'crane.checked', data: { n: 0 } },
        { type: 'crane.checked', data: { n: 1 }, traceparent: one.text },
        { type: 'crane.checked', data: { n: 2 }, traceparent: one.text },
      ],
      { traceparent: call.text },
    );
    await tenant.publishByRest({ type: 'crane.checked', data: { n: 3 } }, { traceparent: other.text });
    await tenant.publishByRest({ type: 'crane.checked', data: { n: 4 }, traceparent: byField.text }, {});
    await requestsAt('several', 5);
    const named = await treeOf(one.traceId, { 'publish events': 1, 'store events': 1, POST: 2 });
    expect(named('publish events')[0]?.attributes['messaging.batch.message_count']).toBe(2);
    for (const { traceId } of [call, other, byField]) {
      await treeOf(traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
    }
  });

  it('ignores a malformed position, and begins a trace of its own', async () => {
    await tenant.webhook('crane.broken', 'malformed');
    const bad = `00-${random(16).toUpperCase()}-${random(8)}-1`;
    await tenant.publish([{ type: 'crane.broken', data: {}, traceparent: 'none' }], { traceparent: bad });
    const [request] = await requestsAt('malformed', 1);
    const [, traceId = ''] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(String(request?.headers.traceparent)) ?? [];
    expect(traceId).not.toBe('');
    expect(bad.toLowerCase()).not.toContain(traceId);
    const named = await treeOf(traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
    expect(named('publish events')[0]?.parentSpanId).toBe('');
  });

  it('passes the position of a publisher on that does not record, and records nothing', async () => {
    await tenant.webhook('crane.unsampled', 'unsampled');
    const caller = position('00');
    await tenant.publish([{ type: 'crane.unsampled', data: {} }], { traceparent: caller.text });
    const [request] = await requestsAt('unsampled', 1);
    expect(request?.headers.traceparent).toBe(caller.text);
    expect(collector.of(caller.traceId)).toEqual([]);
  });

  it('sends no header where the webhook does not want it, or has one of its own', async () => {
    await tenant.webhook('crane.shy', 'shy', { sendTraceparent: false });
    await tenant.webhook('crane.own', 'own', { headers: [{ name: 'Traceparent', value: 'mine' }] });
    const caller = position();
    await tenant.publish(
      [
        { type: 'crane.shy', data: {} },
        { type: 'crane.own', data: {} },
      ],
      { traceparent: caller.text },
    );
    expect((await requestsAt('shy', 1))[0]?.headers).not.toHaveProperty('traceparent');
    expect((await requestsAt('own', 1))[0]?.headers.traceparent).toBe('mine');
    await treeOf(caller.traceId, { 'publish events': 1, 'store events': 1, POST: 2 });
  });

  it('links a retry to the publisher, within the spans of Temporal’s workflow and activity', async () => {
    const webhookId = await tenant.webhook('crane.failing', 'fail-once/1');
    const caller = position();
    await tenant.publish([{ type: 'crane.failing', data: {} }], { traceparent: caller.text });
    const [first, second] = await requestsAt('fail-once/1', 2);
    const named = await treeOf(caller.traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
    const [attempt] = named('POST');
    expect(attempt).toMatchObject({
      status: 2,
      attributes: { 'http.response.status_code': 500, 'error.type': '500', 'everhook.webhook.id': webhookId },
    });
    expect(first?.headers.traceparent).toContain(attempt?.spanId);
    const [, traceId, spanId] = String(second?.headers.traceparent).split('-') as [string, string, string, string];
    expect(traceId).not.toBe(caller.traceId);
    const find = (id: string) => collector.spans.find((span) => span.spanId === id);
    await expect.poll(() => find(spanId), { timeout: 20_000 }).toBeDefined();
    const retry = find(spanId);
    expect(retry).toMatchObject({
      service: 'everhook-worker',
      name: 'POST',
      links: [{ traceId: caller.traceId, spanId: named('publish events')[0]?.spanId }],
      attributes: { 'http.request.resend_count': 1, 'http.response.status_code': 200 },
    });
    // The lines of the log about the request and the failure are found by the trace, each at its span.
    const linesOf = () =>
      collector.logs.filter((line) => line.traceId === caller.traceId).map(({ body, spanId }) => [body, spanId]);
    await expect.poll(() => linesOf().length, { timeout: 20_000 }).toBe(2);
    expect(linesOf().sort()).toEqual([
      ['an attempt failed', attempt?.spanId],
      ['request', named('publish events')[0]?.spanId],
    ]);
    // From the attempt upwards: the activity, the workflow, and the API process that told it of the failure.
    const above = () => {
      const names: string[] = [];
      for (let at = find(retry?.parentSpanId ?? ''); at; at = find(at.parentSpanId))
        names.push(`${at.service} ${at.name}`);
      return names;
    };
    await expect
      .poll(above, { timeout: 20_000 })
      .toEqual([
        expect.stringMatching(/^everhook-worker RunActivity:attempt(Some|Few)$/),
        expect.stringMatching(/^everhook-worker StartActivity:attempt(Some|Few)$/),
        'everhook-worker RunWorkflow:deliver',
        'everhook-api SignalWithStartWorkflow:deliver',
      ]);

    // Its history is replayed by a worker that traces, and by one that no longer does.
    const ports = JSON.parse(await readFile(join(installation.parts.folder, 'ports.json'), 'utf8'));
    const [port] = ports.temporal as number[];
    const connection = { address: `127.0.0.1:${port}`, namespace: 'default', tls: false, apiKey: null };
    const temporal = createTemporalClient(connection);
    try {
      const handle = await temporal.use(async (client) => client.workflow.getHandle(deliverWorkflowId(webhookId)));
      await handle.result();
      const history = await handle.fetchHistory();
      expect(JSON.stringify(history)).toContain('_tracer-data');
      for (const worker of [traced(null), {}]) {
        await Worker.runReplayHistory({ workflowBundle: { codePath: bundlePath }, ...worker }, history);
      }
    } finally {
      await temporal.close();
    }
  });

  it('is told by the SDK where its caller stands', async () => {
    await tenant.webhook('crane.called', 'sdk');
    const everhook = new Everhook({ url: installation.url, apiKey: tenant.key });
    const [active, given] = [position(), position()];
    context.setGlobalContextManager(new StackContext());
    try {
      const span = { traceId: active.traceId, spanId: active.spanId, traceFlags: TraceFlags.SAMPLED };
      await context.with(trace.setSpanContext(context.active(), span), () =>
        everhook.events.publish({ type: 'crane.called', data: {} }, { projectId: tenant.projectId }),
      );
      await everhook.events.publish(
        { type: 'crane.called', data: {}, traceparent: given.text },
        { projectId: tenant.projectId },
      );
    } finally {
      context.disable();
      await everhook.close();
    }
    for (const { traceId, spanId } of [active, given]) {
      const named = await treeOf(traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
      expect(named('publish events')[0]?.parentSpanId).toBe(spanId);
    }
  });

  it('says of a request that publishes nothing where its caller stands, in the log that it writes and in the one that it sends', async () => {
    const caller = position();
    await fetch(`${installation.url}/v1/webhooks?limit=1`, {
      headers: { authorization: `Bearer ${tenant.key}`, traceparent: caller.text },
    });
    const sent = () => collector.logs.filter(({ traceId }) => traceId === caller.traceId);
    await expect.poll(() => sent().length, { timeout: 20_000 }).toBe(1);
    expect(sent()[0]).toMatchObject({ body: 'request', severity: 'DEBUG', spanId: caller.spanId });
    const written = await readFile(join(installation.parts.folder, 'logs/api.log'), 'utf8');
    const line = written.split('\n').find((each) => each.includes(caller.traceId)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ msg: 'request', trace_id: caller.traceId, span_id: caller.spanId });
  });

  it.each([
    ['a first attempt and its retry', 'fail-once/shown', '01', {}, [true, true]],
    ['a request that passes the position of its publisher on', 'shown-unsampled', '00', {}, [true]],
    ['a request without a position', 'shown-without', '01', { sendTraceparent: false }, [false]],
  ] as const)(
    'shows in the log the headers of %s as they came, in their order',
    async (_of, path, flags, more, with_) => {
      const type = `crane.${path.replaceAll(/\W/g, '_')}`;
      const webhookId = await tenant.webhook(type, path, more);
      await tenant.publish([{ type, data: {} }], { traceparent: position(flags).text });
      const shown = await shownHeaders(installation, webhookId);
      const came = await requestsAt(path, with_.length);
      expect(shown).toEqual(came.map(cameAs));
      expect(shown.map((headers) => headers.some(([name]) => name === 'traceparent'))).toEqual(with_);
    },
  );

  it('takes an event’s position away with its content', async () => {
    const webhookId = await tenant.webhook('crane.erased', 'erased');
    const caller = position();
    const [eventId] = await tenant.publish([{ type: 'crane.erased', data: {} }], { traceparent: caller.text });
    await requestsAt('erased', 1);
    const stored = async () =>
      (
        await installation.call<{ event: { traceparent: string | null } }>(
          'query($id: ID!) { event(id: $id) { traceparent } }',
          { id: eventId },
        )
      ).event.traceparent;
    expect(await stored()).toContain(caller.traceId);
    expect(JSON.stringify(await shownHeaders(installation, webhookId))).toContain(caller.traceId);
    await installation.call('mutation($input: EraseEventsInput!) { eraseEvents(input: $input) { erasure { id } } }', {
      input: { projectId: tenant.projectId, ids: [eventId] },
    });
    await expect.poll(stored, { timeout: 20_000 }).toBeNull();
    expect(await shownHeaders(installation, webhookId)).toEqual([[]]);
  });

  it('sends the same metrics as to Prometheus, and the lines of the log, to the same collector', async () => {
    await tenant.webhook('crane.counted', 'counted');
    await tenant.publish([{ type: 'crane.counted', data: {} }]);
    const latest = (name: string) => collector.points.filter((point) => point.name === name).at(-1);
    const ofApi = (name: string) =>
      collector.points.filter((point) => point.name === name && point.service === 'everhook-api').at(-1);
    await expect.poll(() => ofApi('everhook_events_total')?.value ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect
      .poll(() => ofApi('everhook_attempt_duration_seconds')?.value ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(0);
    expect(ofApi('everhook_events_total')?.kind).toBe('sum');
    expect(latest('everhook_deliveries_in_hand')?.kind).toBe('gauge');
    const histogram = ofApi('everhook_attempt_duration_seconds');
    expect(histogram?.counts.reduce((sum, each) => sum + each, 0)).toBe(histogram?.value);
    expect(histogram?.counts).toHaveLength((histogram?.bounds.length ?? 0) + 1);
    // Of a worker also what Temporal’s core counts.
    const ofCore = (name: string) =>
      collector.points.filter((point) => point.name === name && point.service === 'everhook-worker').at(-1);
    await expect.poll(() => ofCore('temporal_num_pollers')?.value ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect
      .poll(() => ofCore('temporal_activity_execution_latency_seconds')?.value ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(0);
    const latency = ofCore('temporal_activity_execution_latency_seconds');
    expect(latency).toMatchObject({ kind: 'histogram', attributes: { task_queue: expect.any(String) } });
    expect(latency?.counts.reduce((sum, each) => sum + each, 0)).toBe(latency?.value);
    expect(ofCore('temporal_long_request_total')?.kind).toBe('sum');
    const services = new Set(collector.points.map(({ service }) => service));
    expect([...services].sort()).toEqual(['everhook-api', 'everhook-worker']);
    await expect
      .poll(() => collector.logs.map(({ service, severity, body }) => `${service} ${severity} ${body}`), {
        timeout: 20_000,
      })
      .toEqual(expect.arrayContaining(['everhook-api INFO API ready', 'everhook-worker INFO worker ready']));
    expect(collector.headers.every((headers) => headers['x-collector-key'] === 'let-me-in')).toBe(true);
  });

  it('has few names of spans and labels of metrics, whatever callers send, and no secret', async () => {
    const sent = Array.from({ length: 50 }, () => random(8));
    for (const token of sent) {
      await fetch(`${installation.url}/${token}`);
      await fetch(`${installation.url}/inbound/${token}`, { method: 'POST', body: '{}' });
      await fetch(`${installation.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.key}` },
        body: JSON.stringify({ query: `query q${token} { __typename }` }),
      });
    }
    const last = position();
    await tenant.publish([{ type: 'crane.moved', data: { n: 'last' } }], { traceparent: last.text });
    await treeOf(last.traceId, { 'publish events': 1, 'store events': 1, POST: 1 });
    const collected = collector.points.length;
    await expect.poll(() => collector.points.length, { timeout: 20_000 }).toBeGreaterThan(collected);
    const names = [...new Set(collector.spans.map(({ name }) => name))];
    // Ours, and those of Temporal's interceptors: what is done, and the name of a workflow, an activity or a signal.
    const fixed = /^(publish events|store events|POST|[A-Z][A-Za-z]+(:[a-z][A-Za-z]+)?)$/;
    expect(names.filter((name) => !fixed.test(name))).toEqual([]);
    const labels = JSON.stringify(collector.points.map(({ attributes }) => attributes));
    for (const token of sent) {
      expect(names.join()).not.toContain(token);
      expect(labels).not.toContain(token);
    }
    for (const secret of [tenant.key, installation.operatorKey, 'let-me-in']) {
      expect(collector.raw).not.toContain(secret);
    }
  });
});

/** A process of the product by itself, and its log. */
function run(entry: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', entry)], {
    env: { PATH: process.env.PATH, PORT: '0', EVERHOOK_ENCRYPTION_KEYS: generateKey(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return {
    child,
    closed: new Promise<number | null>((resolve) => child.once('close', resolve)),
    lines: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as { msg: string }),
  };
}

describe('a collector that never answers', () => {
  let database: TestDatabase;
  let silent: Server;
  const sockets = new Set<Socket>();
  let kill: (() => void) | null = null;

  beforeAll(async () => {
    database = await createDatabase();
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => kill?.());
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    await database.drop();
  });

  it('delays the end of a process by a second at most, and is told of once a minute', async () => {
    const { port } = silent.address() as { port: number };
    const api = run('server/processes/api.js', {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_METRIC_EXPORT_INTERVAL: '400',
      OTEL_METRIC_EXPORT_TIMEOUT: '400',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
    });
    kill = () => api.child.kill('SIGKILL');
    const warnings = () => api.lines().filter(({ msg }) => msg.startsWith('telemetry could not be sent'));
    await expect.poll(() => api.lines().some(({ msg }) => msg === 'API ready'), { timeout: 60_000 }).toBe(true);
    await expect.poll(() => warnings().length, { timeout: 30_000 }).toBe(1);
    // Several more exports fail meanwhile.
    const before = sockets.size;
    await expect.poll(() => sockets.size, { timeout: 30_000 }).toBeGreaterThan(before + 5);
    expect(warnings()).toHaveLength(1);
    const askedAt = performance.now();
    api.child.kill('SIGTERM');
    expect(await api.closed).toBe(0);
    expect(api.lines().some(({ msg }) => msg === 'ending')).toBe(true);
    const tookMs = performance.now() - askedAt;
    // Nothing was under way.
    expect(tookMs).toBeLessThan(5_000 * (await slowness()));
  });
});
