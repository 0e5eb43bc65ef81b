import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connected } from '../../../local/connected.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { beyondRate } from '../../support/beyondRate.ts';

const strict = { accept: 'application/graphql-response+json' };
const legacy = { accept: 'application/json' };

describe('HTTP', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const authorized = () => ({ authorization: `Bearer ${tenant.key}` });
  const outcome = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const { status, errors } = await api.post(body, { ...authorized(), ...headers });
    return [status, errors?.[0]?.extensions.code, errors?.[0]?.extensions.field];
  };

  it('answers in the type that is accepted, the stricter one where both are', async () => {
    const types = await Promise.all(
      [legacy, strict, { accept: '*/*' }].map(async (accept) =>
        (await api.ask(tenant.key, '{ viewer { kind } }', undefined, accept)).headers.get('content-type'),
      ),
    );
    expect(types).toEqual([
      'application/json; charset=utf-8',
      'application/graphql-response+json; charset=utf-8',
      'application/graphql-response+json; charset=utf-8',
    ]);
  });

  it('tells a broken document and wrong variables by status 400, in the legacy type by 200', async () => {
    const cases = [
      { query: '{ viewer {' },
      { query: '{ nothing }' },
      { query: 'query ($id: ID!) { webhook(id: $id) { id } }' },
      { query: 'query A { viewer { kind } } query B { viewer { kind } }' },
    ];
    for (const params of cases) {
      for (const [accept, status] of [
        [strict, 400],
        [legacy, 200],
      ] as const) {
        const answer = await api.post(JSON.stringify(params), { ...authorized(), ...accept });
        expect([answer.status, answer.errors?.[0]?.extensions.code], params.query).toEqual([
          status,
          'VALIDATION_FAILED',
        ]);
        expect(answer.data).toBeUndefined();
      }
    }
  });

  it('refuses what is no GraphQL request by status 400, in either type', async () => {
    const cases: [string, string][] = [
      ['', 'body'],
      ['{', 'body'],
      ['"query"', 'body'],
      ['[{"query":"{ viewer { kind } }"}]', 'body'],
      ['{}', 'query'],
      ['{"query":1}', 'query'],
      ['{"query":"{ viewer { kind } }","variables":[]}', 'variables'],
      ['{"query":"{ viewer { kind } }","operationName":1}', 'operationName'],
      ['{"query":"{ viewer { kind } }","extensions":1}', 'extensions'],
    ];
    for (const [body, field] of cases) {
      for (const accept of [strict, legacy]) {
        expect(await outcome(body, accept), body).toEqual([400, 'VALIDATION_FAILED', field]);
      }
    }
    expect(await outcome(new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual([400, 'VALIDATION_FAILED', 'body']);
  });

  it('refuses other methods, types and encodings by their statuses', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
      const other = await fetch(`${api.url}/graphql?query={viewer{kind}}`, { method, headers: authorized() });
      expect([other.status, other.headers.get('allow')], method).toEqual([405, 'GET, POST']);
    }
    const body = '{"query":"{ viewer { kind } }"}';
    expect(await outcome(body, { accept: 'text/html' })).toEqual([406, 'VALIDATION_FAILED', 'accept']);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
      expect(await outcome(body, { 'content-type': type })).toEqual([415, 'VALIDATION_FAILED', 'content-type']);
    }
    expect(await outcome(body, { 'content-encoding': 'gzip' })).toEqual([415, 'VALIDATION_FAILED', 'content-encoding']);
    expect(await outcome(body, { 'content-type': 'application/json; charset=UTF-8' })).toEqual([
      200,
      undefined,
      undefined,
    ]);
  });

  it('refuses a body beyond 1 MiB by status 413, whether its length is told or not', async () => {
    const fits = JSON.stringify({ query: '{ viewer { kind } }', variables: { x: '' } });
    const filled = fits.replace('""', `"${'x'.repeat(1024 * 1024 - fits.length)}"`);
    expect(await outcome(filled)).toEqual([200, undefined, undefined]);
    expect(await outcome(`${filled} `)).toEqual([413, 'LIMIT_EXCEEDED', 'body']);

    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 17; sent++) socket.write(chunk);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
    expect(String(answer)).toMatch(/connection: close/i);
    socket.destroy();
  });

  it('refuses who does not authenticate by 401, before anything else of the request is looked at', async () => {
    for (const authorization of [undefined, 'Bearer', 'Basic eDp5', 'Bearer ehk_wrong', `bearer ${tenant.key}x`]) {
      const answer = await api.post('{', authorization === undefined ? {} : { authorization });
      expect([answer.status, answer.errors?.[0]?.extensions]).toEqual([401, { code: 'UNAUTHENTICATED' }]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.text).not.toContain('ehk_wrong');
    }
  });

  it('stops guessing at keys from one address with 429, while good keys still pass', async () => {
    const own = await TestApi.start();
    try {
      const good = await own.tenant();
      let last = await own.ask('ehk_wrong', '{ viewer { kind } }');
      for (let tries = 0; last.status === 401 && tries < 100; tries++)
        last = await own.ask('ehk_wrong', '{ viewer { kind } }');
      expect(last.status).toBe(429);
      expect(last.errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await own.ask(good.key, '{ viewer { kind } }')).status).toBe(200);

      // From then on most are refused without a look, and a key that is known is not among them.
      const spy = vi.spyOn(pg.Client.prototype, 'query');
      const beganAt = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          own.ask(index % 4 === 0 ? good.key : `ehk_wrong${index}`, '{ viewer { kind } }'),
        ),
      );
      const seconds = (performance.now() - beganAt) / 1_000;
      const statements = spy.mock.calls.map(([statement]) => (statement as { text?: string } | undefined)?.text ?? '');
      const looks = statements.filter((text) => text.includes('"public"."api_key"'));
      spy.mockRestore();
      expect(answers.map(({ status }) => status)).toEqual(answers.map((_, index) => (index % 4 === 0 ? 200 : 429)));
      expect(looks.length).toBeGreaterThan(0);
      // Ten a second, of 150.
      expect(looks.length).toBeLessThan(10 * (seconds + 2));
    } finally {
      await own.close();
    }
  });

  it('limits the operations of a principal, tells when to try again, and serves others meanwhile', async () => {
    const own = await TestApi.start({ limits: { bodyBytes: 1024, ratePerSecond: 5 } });
    try {
      let served = 0;
      const ask = async () => {
        const answer = await own.ask(operatorKey, '{ viewer { kind } }');
        if (answer.status === 200) served++;
        return answer;
      };
      const answers = await beyondRate(12, ask, ({ status }) => status === 429);
      const refused = answers.filter(({ status }) => status === 429);
      expect(served).toBeGreaterThanOrEqual(5);
      expect(refused[0]?.errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: 1 });
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
    } finally {
      await own.close();
    }
  });

  it('bounds depth, breadth, pages and documents', async () => {
    const deep = '{ webhooks { edges { node { '.concat(
      'deliveries { edges { node { webhook { '.repeat(4),
      'id',
      ' }'.repeat(16),
      ' } } } }',
    );
    const cases: [string, string][] = [
      [deep, 'LIMIT_EXCEEDED'],
      [
        '{ webhooks(first: 100) { edges { node { deliveries(first: 100) { edges { node { id status eventType } } } } } } }',
        'LIMIT_EXCEEDED',
      ],
      [
        '{ a: deliveries(first: 100) { edges { node { request { body } } } } b: deliveries(first: 20) { edges { node { request { body } } } } }',
        'LIMIT_EXCEEDED',
      ],
      [
        '{ deliveries(first: 100) { edges { node { event { data } replayOf { event { data } } } } } }',
        'LIMIT_EXCEEDED',
      ],
      ['{ deliveries(first: 100) { edges { node { attempts { responseBody } } } } }', 'LIMIT_EXCEEDED'],
      [
        `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: eventTypes(profile: STANDARD) { name schema }`).join(' ')} }`,
        'LIMIT_EXCEEDED',
      ],
      ['{ deliveries(first: 2) { edges { node { replays { request { body } } } } } }', 'LIMIT_EXCEEDED'],
      [`{ ${Array.from({ length: 401 }, (_, index) => `a${index}: egressIpRanges`).join(' ')} }`, 'LIMIT_EXCEEDED'],
      [`{ ${'viewer { kind } '.repeat(2_000)} }`, 'VALIDATION_FAILED'],
      ['{ deliveries(first: 101) { edges { cursor } } }', 'VALIDATION_FAILED'],
      ['{ deliveries(last: -1) { edges { cursor } } }', 'VALIDATION_FAILED'],
      ['{ deliveries(after: "x") { edges { cursor } } }', 'VALIDATION_FAILED'],
    ];
    for (const [query, code] of cases) {
      expect((await api.refusal(tenant.key, query)).code, query.slice(0, 80)).toBe(code);
    }
    expect((await api.refusal(tenant.key, '{ deliveries(first: 101) { edges { cursor } } }')).field).toBe('first');
  });

  it('serves pages of the largest values, and pages of whole deliveries', async () => {
    const headers = 'headers { name value }';
    const whole = `id status eventType createdAt responseCode webhook { id name } event { id } payloadPreview
      request { method url ${headers} body } replays { id }
      attempts { number startedAt duration outcome responseCode responseHeaders { name value } responseBody error }`;
    for (const [first, fields] of [
      [100, 'id request { method url body }'],
      [100, 'id event { data }'],
      [40, 'id attempts { responseBody }'],
      [100, 'id status attempts { number startedAt duration outcome responseCode error }'],
      [20, whole],
    ] as const) {
      await api.data(tenant.key, `{ deliveries(first: ${first}) { edges { node { ${fields} } } } }`);
    }
  });

  it('names the argument at fault, in variables and in literals, and repeats no value', async () => {
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }';
    const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
    const secret = 'whsec_do-not-repeat-me';
    const cases: [string, object | undefined, string | undefined][] = [
      [create, { input: { name: 'x', secret } }, 'input.url'],
      [create, { input: { name: 'x', url: 'https://example.com', nme: secret, secret } }, 'input.nme'],
      [create, { input: { name: 'x', url: 'https://example.com', timeout: 'soon', secret } }, 'input.timeout'],
      [
        create,
        { input: { name: 'x', url: 'https://example.com', retrySchedule: ['PT1M', 'P1Y'] } },
        'input.retrySchedule[1]',
      ],
      [create, { input: { name: 'x', url: 'https://example.com', profile: 'SVIX', secret } }, 'input.profile'],
      [create, { input: { name: 'x', url: 'https://example.com', secret: [secret] } }, 'input.secret'],
      [create, {}, 'input'],
      [publish, { input: { events: [{ type: 'a.b', data: {} }, { data: {} }] } }, 'input.events[1].type'],
      [publish, { input: { events: [{ type: 'a.b', data: null }] } }, 'input.events[0].data'],
      [
        publish,
        { input: { events: [{ type: 'a.b', data: {}, occurredAt: '2026-02-30T00:00:00Z' }] } },
        'input.events[0].occurredAt',
      ],
      [
        'mutation { publishEvents(input: { events: [{ type: "a.b", data: { n: 9007199254740993 } }] }) { events { id } } }',
        undefined,
        'input.events[0].data.n',
      ],
      [
        'mutation { publishEvents(input: { events: [{ type: "a.b" }] }) { events { id } } }',
        undefined,
        'input.events[0].data',
      ],
      [
        'mutation { publishEvents(input: { events: [{ type: "a.b", data: {} }, { type: 5, data: {} }] }) { events { id } } }',
        undefined,
        'input.events[1].type',
      ],
      ['mutation { deleteWebhook { webhook { id } } }', undefined, 'input'],
      ['mutation { deleteWebhook(input: {}) { webhook { id } } }', undefined, 'input.id'],
      ['{ webhooks(serch: "x") { edges { cursor } } }', undefined, 'serch'],
      ['{ webhooks(first: 1, last: 1) { edges { cursor } } }', undefined, 'last'],
      ['{ organizations(first: 0, last: 0) { edges { cursor } } }', undefined, 'last'],
      ['{ projects { edges { node { webhooks(first: 2, last: 3) { edges { cursor } } } } } }', undefined, 'last'],
      ['query ($n: Int) { deliveries(last: $n, first: 5) { edges { cursor } } }', { n: 5 }, 'last'],
    ];
    for (const [query, variables, field] of cases) {
      const answer = await api.ask(tenant.key, query, variables);
      expect(answer.errors?.[0]?.extensions, answer.text).toEqual({ code: 'VALIDATION_FAILED', field });
      expect(answer.text).not.toContain(secret);
    }
  });

  it('masks what was not expected, logs it, and shows no stack', async () => {
    const { id } = await api.webhook(tenant);
    const before = api.logged.length;
    // A table that is missing: nothing a caller did.
    const name = (from: string, to: string) =>
      connected(api.database.url, (client) => client.query(`ALTER TABLE ${from} RENAME TO ${to}`));
    await name('webhook_state', 'lost');
    const answer = await api.ask(tenant.key, 'query ($id: ID!) { webhook(id: $id) { id health } }', { id });
    await name('lost', 'webhook_state');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL' });
    expect(answer.text).not.toMatch(/webhook_state|at .*\.ts|node_modules/i);
    expect(api.logged.length).toBe(before + 1);
  });

  it('serves probes and metrics, and 404 as JSON for the rest', async () => {
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(api.url + path, { method });
      return [response.status, response.headers.get('content-type'), await response.text()] as const;
    };
    expect(await get('/healthz')).toEqual([200, 'application/json; charset=utf-8', '{"status":"ok"}']);
    const [status, , body] = await get('/readyz');
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { status: 'unavailable', postgresql: 'ok', temporal: 'unreachable' },
    ]);
    // What serves without one of them leaves it out.
    const [serves, , rest] = await get('/readyz?exclude=temporal&exclude=nothing');
    expect([serves, JSON.parse(rest)]).toEqual([200, { status: 'ok', postgresql: 'ok' }]);
    expect((await get('/metrics'))[0]).toBe(200);
    expect((await get('/metrics'))[1]).toMatch(/^text\/plain/);
    // A browser gets the dashboard here; whoever asks otherwise learns what is where.
    const [found, , places] = await get('/');
    expect([found, JSON.parse(places)]).toMatchObject([
      200,
      { service: 'Everhook', graphql: '/graphql', readiness: '/readyz' },
    ]);
    for (const [path, method] of [
      ['/nothing', 'GET'],
      ['/', 'POST'],
      ['/graphql/x', 'POST'],
      ['/healthz', 'DELETE'],
      ['/..%2f', 'GET'],
    ]) {
      const [code, type, text] = await get(path as string, method);
      expect([code, type, JSON.parse(text).errors[0].extensions.code]).toEqual([
        404,
        'application/json; charset=utf-8',
        'NOT_FOUND',
      ]);
    }
  });

  it('shows no metrics where they have a port of their own', async () => {
    const other = await api.serve({ apiMetricsPort: 9464 });
    try {
      expect((await fetch(`${other.url}/metrics`)).status).toBe(404);
      expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    } finally {
      await other.server.close();
    }
  });

  it('lets no page frame, sniff or store an answer, nor read it from elsewhere', async () => {
    const { headers } = await api.ask(tenant.key, '{ viewer { kind } }', undefined, {
      origin: 'https://elsewhere.example',
    });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    // Scripts elsewhere may read what a credential of their own gives them, and never send a cookie.
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('finishes what is under way when it closes, and takes nothing more', async () => {
    const own = await TestApi.start();
    const { services } = own.service;
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ofPrincipal = services.for;
    Object.assign(services, {
      for(...parameters: Parameters<typeof ofPrincipal>) {
        const theirs = ofPrincipal(...parameters);
        const create: typeof theirs.organizations.create = async (...input) => {
          entered();
          await released;
          return theirs.organizations.create(...input);
        };
        return { ...theirs, organizations: { ...theirs.organizations, create } };
      },
    });
    const answer = own.ask(
      operatorKey,
      'mutation { createOrganization(input: { name: "Late" }) { organization { name } } }',
    );
    await inside;
    const closed = own.http.close();
    await expect(own.ask(operatorKey, '{ viewer { kind } }')).rejects.toThrow();
    release();
    expect((await answer).data.createOrganization.organization.name).toBe('Late');
    await closed;
    await own.service.close();
    await own.database.drop();
  });
});
