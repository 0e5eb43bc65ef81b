import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPlugin } from '../../../server/http/yoga/call.ts';
import type { HttpServer } from '../../../server/httpServer.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { EventReader } from '../../support/eventSource.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

/** What is asked, as its JSON is written. */
interface Asked {
  readonly query: string;
  /** A JSON text, because numbers are compared as they are written. */
  readonly variables?: string;
  readonly operationName?: string;
}

const json = (value: unknown) => JSON.stringify(value);
const bodyOf = ({ query, variables, operationName }: Asked) =>
  `{"query":${json(query)}${variables === undefined ? '' : `,"variables":${variables}`}${operationName === undefined ? '' : `,"operationName":${json(operationName)}`}}`;

/** A way in which clients ask. @returns what is answered, as it is written */
type Way = (url: string, key: string, asked: Asked) => Promise<string>;

const post =
  (accept: string): Way =>
  async (url, key, asked) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept };
    return (await fetch(`${url}/graphql`, { method: 'POST', headers, body: bodyOf(asked) })).text();
  };

async function onlyEvent(response: Response): Promise<string> {
  // What is refused as a whole is refused by its status.
  if (response.headers.get('content-type') === 'application/json; charset=utf-8') {
    expect(response.status).toBe(400);
    return response.text();
  }
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const reader = new EventReader(response);
  const next = await reader.next();
  expect(next?.event).toBe('next');
  expect(await reader.next()).toEqual({ event: 'complete', data: '' });
  expect(await reader.next()).toBeNull();
  return next?.data ?? '';
}

const searchOf = ({ query, variables, operationName }: Asked) =>
  new URLSearchParams({
    query,
    ...(variables === undefined ? {} : { variables }),
    ...(operationName === undefined ? {} : { operationName }),
  });

const ways: Readonly<Record<string, Way>> = {
  POST: post('application/graphql-response+json'),
  'POST, the older type': post('application/json'),
  'POST, as events': async (url, key, asked) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'text/event-stream' };
    return onlyEvent(await fetch(`${url}/graphql`, { method: 'POST', headers, body: bodyOf(asked) }));
  },
  WebSocket: async (url, key, asked) => {
    const socket = await new GraphQLSocket(url).open(key);
    try {
      socket.send(`{"id":"1","type":"subscribe","payload":${bodyOf(asked)}}`);
      const text = await socket.nextText();
      const refused = '{"id":"1","type":"error","payload":';
      if (text.startsWith(refused)) return `{"errors":${text.slice(refused.length, -1)}}`;
      const told = '{"id":"1","type":"next","payload":';
      expect(text.slice(0, told.length)).toBe(told);
      expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
      return text.slice(told.length, -1);
    } finally {
      socket.socket.terminate();
    }
  },
};

const gets: Readonly<Record<string, Way>> = {
  GET: async (url, key, asked) =>
    (await fetch(`${url}/graphql?${searchOf(asked)}`, { headers: { authorization: `Bearer ${key}` } })).text(),
  'GET, as events': async (url, key, asked) => {
    const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
    return onlyEvent(await fetch(`${url}/graphql?${searchOf(asked)}`, { headers }));
  },
};

/** Numbers, as texts that JavaScript would write otherwise, and some that are refused. */
const number = fc.oneof(
  fc.constantFrom('1.0', '-0', '1E5', '0.10', '9007199254740993', '1e999', '12345678901234567890.0'),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.string({ unit: 'grapheme', maxLength: 12 }).map(json),
    fc.constantFrom('true', 'false', 'null', '"\\u00e9\\u2028"', '"a\\/b"'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .dictionary(fc.constantFrom('b', 'a', '2', '10', 'é'), tie('value'), { maxKeys: 3 })
      .map((members) => `{${Object.entries(members).map(([key, value]) => `${json(key)} : ${value}`)}}`),
  ),
})).value;

const queries: fc.Arbitrary<Asked> = fc.oneof(
  fc.constantFrom<Asked>(
    { query: '{ viewer { kind permissions } egressIpRanges }' },
    { query: '{ viewer { kind' },
    { query: '{ viewer { knid } }' },
    { query: '' },
    { query: 'fragment F on Viewer { kind }' },
    { query: 'query ($id: ID!) { webhook(id: $id) { id } }' },
    { query: '{ webhook { id } }' },
    { query: '{ __type(name: "Viewer") { name fields { name } } }' },
    { query: `{ ${'a: viewer { kind } '.repeat(1_400)} }` },
  ),
  fc.uuid().map((id) => ({ query: 'query ($id: ID!) { webhook(id: $id) { id } }', variables: json({ id }) })),
  fc.oneof(fc.integer({ min: -3, max: 103 }).map(String), jsonText).map((first) => ({
    query: 'query ($first: Int) { deliveries(first: $first) { edges { node { id } } } }',
    variables: `{"first":${first}}`,
  })),
  fc.constantFrom('A', 'B', 'C').map((operationName) => ({
    query: 'query A { viewer { kind } } query B { viewer { permissions } }',
    operationName,
  })),
);
const publishing = (projectId: string): fc.Arbitrary<Asked> =>
  jsonText.map((data) => ({
    query: 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { type data } } }',
    variables: `{"input":{"projectId":${json(projectId)},"events":[{"type":"crane.moved","data":${data}}]}}`,
  }));

describe('an operation is answered the same', () => {
  let api: TestApi;
  let tenant: TestTenant;
  const servers: HttpServer[] = [];
  const urls: Record<string, string> = {};
  /** Hooks of plugins that ran. */
  const ran = { pipeline: 0, responses: 0 };

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved', {});
    urls["by this service's own engine"] = api.url;
    const inPipeline: CallPlugin = {
      onParse: () => void ran.pipeline++,
      onValidate: () => void ran.pipeline++,
      onExecute: () => void ran.pipeline++,
    };
    const aroundRequests: CallPlugin = { onResponse: () => void ran.responses++ };
    for (const [name, plugins] of Object.entries({
      "by Yoga's pipeline, where a plugin is in it": [inPipeline],
      'through Fetch, where a plugin asks for it': [aroundRequests],
    })) {
      const { server, url } = await api.serve({}, { plugins });
      servers.push(server);
      urls[name] = url;
    }
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await api.close();
  });

  it('by every way, with and without plugins, to the last character', { timeout: 180_000 }, async () => {
    const operations = fc.oneof(queries, queries, publishing(tenant.projectId));
    await fc.assert(
      fc.asyncProperty(operations, async (asked) => {
        // A URL has an end, and changes nothing.
        const byUrl = !asked.query.startsWith('mutation') && asked.query.length < 8_000;
        const answers: Record<string, string> = {};
        for (const [how, url] of Object.entries(urls)) {
          for (const [way, ask] of Object.entries(byUrl ? { ...ways, ...gets } : ways)) {
            answers[`${way}, ${how}`] = await ask(url, tenant.key, asked);
          }
        }
        const [first] = Object.values(answers);
        expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((way) => [way, first])));
      }),
      { numRuns: 40 },
    );
    expect(ran.pipeline).toBeGreaterThan(0);
    expect(ran.responses).toBeGreaterThan(0);
  });
});
