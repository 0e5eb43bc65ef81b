import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPlugin } from '../../../server/http/yoga/call.ts';
import type { HttpServer } from '../../../server/httpServer.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { EventReader } from '../../support/eventSource.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

/** What is asked, as its JSON is written. */
interface Asked {
  /** Absent where the document goes by its name. */
  readonly query?: string;
  /** A JSON text, because numbers are compared as they are written. */
  readonly variables?: string;
  readonly operationName?: string;
  readonly documentId?: string;
  /** A JSON text. */
  readonly extensions?: string;
}

const json = (value: unknown) => JSON.stringify(value);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** The id of the request is each one's own. */
const withoutId = (answer: string) => answer.replace(/,"requestId":"[0-9a-f-]{36}"/g, '');
const bodyOf = ({ query, variables, operationName, documentId, extensions }: Asked) =>
  `{${Object.entries({
    query: json(query),
    variables,
    operationName: json(operationName),
    documentId: json(documentId),
    extensions,
  })
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `"${name}":${text}`)}}`;

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
    const text = await response.text();
    // Clients of persisted queries would take another status for a failure of the network.
    expect(response.status).toBe(text.includes('"PERSISTED_QUERY_NOT_FOUND"') ? 200 : 400);
    return text;
  }
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const reader = new EventReader(response);
  const next = await reader.next();
  expect(next?.event).toBe('next');
  expect(await reader.next()).toEqual({ event: 'complete', data: '' });
  expect(await reader.next()).toBeNull();
  return next?.data ?? '';
}

const searchOf = (asked: Asked) => new URLSearchParams(Object.entries(asked));

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
      // The protocol wants a text, though it be an empty one.
      socket.send(`{"id":"1","type":"subscribe","payload":${bodyOf({ query: '', ...asked })}}`);
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
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook every way '));
    const trustedDocuments = join(folder, 'documents.json');
    await writeFile(trustedDocuments, json({ kind: '{ viewer { kind } }' }));
    const graphql = { graphiql: false, trustedDocuments, trustedOnly: false };
    api = await TestApi.start({ graphql });
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
      const { server, url } = await api.serve({ graphql }, { plugins });
      servers.push(server);
      urls[name] = url;
    }
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks by every way. @returns the answer, which is the same by all of them */
  async function answersOf(asked: Asked, byUrl = true): Promise<string | undefined> {
    const answers: Record<string, string> = {};
    for (const [how, url] of Object.entries(urls)) {
      for (const [way, ask] of Object.entries(byUrl ? { ...ways, ...gets } : ways)) {
        answers[`${way}, ${how}`] = withoutId(await ask(url, tenant.key, asked));
      }
    }
    const [first] = Object.values(answers);
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((way) => [way, first])));
    return first;
  }

  it('by the name of a document, one that was registered and one that is trusted', async () => {
    const query = '{ viewer { kind permissions } }';
    const extensions = json({ persistedQuery: { version: 1, sha256Hash: sha256(query) } });
    expect(await answersOf({ extensions })).toContain('PERSISTED_QUERY_NOT_FOUND');
    const whole = await answersOf({ query });
    // Each server keeps its own.
    expect(await answersOf({ query, extensions })).toBe(whole);
    expect(await answersOf({ extensions })).toBe(whole);
    expect(await answersOf({ documentId: 'kind' })).toBe('{"data":{"viewer":{"kind":"API_KEY"}}}');
  });

  it('event by event, where it is a subscription', { timeout: 60_000 }, async () => {
    await api.webhook(tenant);
    const { deliveryCursor } = await api.data(tenant.key, '{ deliveryCursor }');
    const asked: Asked = {
      query: 'subscription ($after: String) { deliveryUpdated(after: $after) { id event { data } } }',
      variables: json({ after: deliveryCursor }),
    };
    const headers = { authorization: `Bearer ${tenant.key}`, accept: 'text/event-stream' };
    const readers: Record<string, () => Promise<string>> = {};
    const closing: (() => unknown)[] = [];
    for (const [how, url] of Object.entries(urls)) {
      const streams = {
        POST: await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: bodyOf(asked),
        }),
        GET: await fetch(`${url}/graphql?${searchOf(asked)}`, { headers }),
      };
      for (const [way, response] of Object.entries(streams)) {
        const reader = new EventReader(response);
        closing.push(() => reader.close());
        readers[`${way}, ${how}`] = async () => (await reader.next())?.data ?? '';
      }
      const socket = await new GraphQLSocket(url).open(tenant.key);
      closing.push(() => socket.socket.terminate());
      socket.send(`{"id":"1","type":"subscribe","payload":${bodyOf(asked)}}`);
      const told = '{"id":"1","type":"next","payload":';
      readers[`WebSocket, ${how}`] = async () => {
        const text = await socket.nextText();
        expect(text.slice(0, told.length)).toBe(told);
        return text.slice(told.length, -1);
      };
    }
    const numbers = ['1.0', '1E5', '-0', '12.50', '0.10'];
    const publishing =
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { deliveries(first: 1) { edges { node { id } } } } } }';
    const expected: string[] = [];
    for (const each of numbers) {
      const variables = `{"input":{"projectId":${json(tenant.projectId)},"events":[{"type":"crane.moved","data":{"n":${each}}}]}}`;
      const { data } = await api.post(bodyOf({ query: publishing, variables }), {
        authorization: `Bearer ${tenant.key}`,
      });
      const { id } = data.publishEvents.events[0].deliveries.edges[0].node;
      expected.push(`{"data":{"deliveryUpdated":{"id":${json(id)},"event":{"data":{"n":${each}}}}}}`);
    }
    const tellings: Record<string, string[]> = {};
    for (const [way, read] of Object.entries(readers)) {
      const told = new Set<string>();
      // A delivery may change more than once; what is told of it stays the same.
      while (told.size < numbers.length) told.add(await read());
      tellings[way] = [...told].sort();
    }
    expect(tellings).toEqual(Object.fromEntries(Object.keys(readers).map((way) => [way, [...expected].sort()])));
    for (const close of closing) await close();
  });

  it('by every way, with and without plugins, to the last character', { timeout: 180_000 }, async () => {
    const operations = fc.oneof(queries, queries, publishing(tenant.projectId));
    await fc.assert(
      fc.asyncProperty(operations, async (asked) => {
        // A URL has an end, and changes nothing.
        const { query = '' } = asked;
        await answersOf(asked, !query.startsWith('mutation') && query.length < 8_000);
      }),
      { numRuns: 40 },
    );
    expect(ran.pipeline).toBeGreaterThan(0);
    expect(ran.responses).toBeGreaterThan(0);
  });
});
