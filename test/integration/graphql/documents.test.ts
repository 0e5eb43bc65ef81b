import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ViewerDocument } from '../../../client-sdk/src/generated/operations.ts';
import type { HttpServer } from '../../../server/httpServer.ts';
import { type Answer, TestApi, type TestTenant, takeRequestIds } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const named = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

async function read(response: Response): Promise<Pick<Answer, 'data' | 'errors'>> {
  const answer = (await response.json()) as Answer;
  takeRequestIds(answer.errors, response.headers);
  return answer;
}

describe('a document that goes by its name', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const get = async (params: Record<string, string>, key = tenant.key) => {
    const response = await fetch(`${api.url}/graphql?${new URLSearchParams(params)}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return { status: response.status, headers: response.headers, ...(await read(response)) } as Answer;
  };
  const byName = (hash: string, key?: string) => get({ extensions: JSON.stringify(named(hash)) }, key);
  const post = (body: object, key = tenant.key) =>
    api.post(JSON.stringify(body), { authorization: `Bearer ${key}`, accept: 'application/json' });
  const missed = [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }];

  it('is asked for in full once, and known from then on, with nothing kept on the way', async () => {
    const query = '{ viewer { kind } first: viewer { kind } }';
    const hash = sha256(query);
    const before = await byName(hash);
    expect([before.status, before.errors, before.data]).toEqual([200, missed, undefined]);
    expect(before.headers.get('cache-control')).toBe('no-store');
    expect((await post({ query, extensions: named(hash) })).data).toEqual({
      viewer: { kind: 'API_KEY' },
      first: { kind: 'API_KEY' },
    });
    expect((await byName(hash)).data).toMatchObject({ first: { kind: 'API_KEY' } });
    expect((await post({ extensions: named(hash) })).data).toMatchObject({ first: { kind: 'API_KEY' } });
    expect((await post({ documentId: `sha256:${hash}` })).data).toMatchObject({ first: { kind: 'API_KEY' } });
  });

  it('is registered by GET as well', async () => {
    const query = '{ second: viewer { kind } }';
    const hash = sha256(query);
    expect((await get({ query, extensions: JSON.stringify(named(hash)) })).data).toMatchObject({ second: {} });
    expect((await byName(hash)).data).toMatchObject({ second: {} });
  });

  it('is kept for its own organization alone', async () => {
    const query = '{ third: viewer { kind } }';
    await post({ query, extensions: named(sha256(query)) });
    const other = await api.tenant();
    expect((await byName(sha256(query), other.key)).errors).toEqual(missed);
  });

  it('is refused by a name that is not its own, and kept under none', async () => {
    const query = '{ fourth: viewer { kind } }';
    const wrong = sha256('another');
    const refused = await post({ query, extensions: named(wrong) });
    expect([refused.status, refused.errors?.[0]?.extensions]).toEqual([
      400,
      { code: 'VALIDATION_FAILED', field: 'extensions.persistedQuery.sha256Hash' },
    ]);
    expect((await byName(wrong)).errors).toEqual(missed);
    const cases: [object, string][] = [
      [
        { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(query) } } },
        'extensions.persistedQuery.version',
      ],
      [{ extensions: { persistedQuery: { version: 1 } } }, 'extensions.persistedQuery.sha256Hash'],
      [{ extensions: { persistedQuery: 1 } }, 'extensions.persistedQuery.sha256Hash'],
      [{ documentId: 7 }, 'documentId'],
    ];
    for (const [body, field] of cases) {
      expect((await post(body)).errors?.[0]?.extensions).toEqual({ code: 'VALIDATION_FAILED', field });
    }
  });

  it('is forgotten where its organization has too many, the one that was not used for longest, and of nobody else', async () => {
    const other = await api.tenant();
    const theirs = '{ kept: viewer { kind } }';
    await post({ query: theirs, extensions: named(sha256(theirs)) }, other.key);
    const queries = Array.from({ length: 501 }, (_, index) => `{ n${index}: viewer { kind } }`);
    for (const query of queries) await post({ query, extensions: named(sha256(query)) });
    const [first = '', second = ''] = queries;
    expect((await byName(sha256(first))).errors).toEqual(missed);
    expect((await byName(sha256(second))).data).toMatchObject({ n1: { kind: 'API_KEY' } });
    expect((await byName(sha256(theirs), other.key)).data).toMatchObject({ kept: { kind: 'API_KEY' } });
    // A client that is told so registers it again.
    expect((await post({ query: first, extensions: named(sha256(first)) })).data).toMatchObject({ n0: {} });
    expect((await byName(sha256(first))).data).toMatchObject({ n0: {} });
  });

  it('that is a mutation is not run by GET, in full or by its name', async () => {
    const query = 'mutation { rotateWebhookSecret(input: { id: "x" }) { secret } }';
    const refused = await get({ query });
    expect([refused.status, refused.headers.get('allow'), refused.errors?.[0]?.extensions]).toEqual([
      405,
      'POST',
      { code: 'VALIDATION_FAILED', field: 'method' },
    ]);
    expect((await get({ query, extensions: JSON.stringify(named(sha256(query))) })).status).toBe(405);
    expect((await byName(sha256(query))).status).toBe(405);
  });

  it('is held to its name over a socket, too', async () => {
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    const query = '{ fifth: viewer { kind } }';
    socket.send({ id: '1', type: 'subscribe', payload: { query, extensions: named(sha256('another')) } });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'VALIDATION_FAILED', field: 'extensions.persistedQuery.sha256Hash' } }],
    });
    socket.socket.terminate();
  });

  it('by GET is refused where the request names no host that is one, and does no harm', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write(
      `GET /graphql?query={viewer{kind}} HTTP/1.1\r\nHost: a b\r\nAuthorization: Bearer ${tenant.key}\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  it('by GET says which parameter is wrong', async () => {
    const cases: [string, string][] = [
      ['', 'query'],
      ['query={viewer{kind}}&query={viewer{kind}}', 'query'],
      ['query={viewer{kind}}&variables={', 'variables'],
      ['query={viewer{kind}}&variables=[]', 'variables'],
      ['query={viewer{kind}}&variables={},"query":"x"', 'variables'],
      ['query={viewer{kind}}&extensions=1', 'extensions'],
    ];
    for (const [search, field] of cases) {
      const response = await fetch(`${api.url}/graphql?${search}`, {
        headers: { authorization: `Bearer ${tenant.key}` },
      });
      const { errors } = await read(response);
      expect([response.status, errors?.[0]?.extensions], search).toEqual([400, { code: 'VALIDATION_FAILED', field }]);
    }
  });
});

describe('documents that an installation trusts', () => {
  const documents = 'query Kind { viewer { kind } }';
  let folder: string;
  let api: TestApi;
  let tenant: TestTenant;
  const only: HttpServer[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook documents '));
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(async () => {
    for (const server of only) await server.close();
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A server over the same service that runs only the documents of a file. @returns where it is */
  async function servingOnly(manifest: object): Promise<string> {
    const trustedDocuments = join(folder, `${only.length}.json`);
    await writeFile(trustedDocuments, JSON.stringify(manifest));
    const { server, url } = await api.serve({ graphql: { graphiql: false, trustedDocuments, trustedOnly: true } });
    only.push(server);
    return url;
  }
  const ask = async (url: string, body: object) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.key}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...(await read(response)) };
  };

  it.each([
    ['GraphQL Code Generator or Relay', 'a1', { a1: documents }],
    [
      'Apollo',
      'b2',
      { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: 'b2', body: documents }] },
    ],
  ])(
    'are run by the names that %s gave them, by their digests and in full, and no others are',
    async (_of, id, manifest) => {
      const url = await servingOnly(manifest);
      for (const body of [
        { documentId: id },
        { documentId: `sha256:${sha256(documents)}` },
        { extensions: named(sha256(documents)) },
        { query: documents },
      ]) {
        expect((await ask(url, body)).data, JSON.stringify(body)).toEqual({ viewer: { kind: 'API_KEY' } });
      }
      const other = '{ viewer { kind } }';
      const unknown = await ask(url, { extensions: named(sha256(other)) });
      expect([unknown.status, unknown.errors]).toEqual([
        200,
        [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }],
      ]);
      // Nor is it registered.
      for (const body of [{ query: other }, { query: other, extensions: named(sha256(other)) }]) {
        expect(await ask(url, body)).toMatchObject({
          status: 403,
          errors: [{ extensions: { code: 'FORBIDDEN', field: 'query' } }],
        });
      }
      for (const accept of ['application/json', 'text/event-stream']) {
        const get = async (params: Record<string, string>) => {
          const headers = { authorization: `Bearer ${tenant.key}`, accept };
          const response = await fetch(`${url}/graphql?${new URLSearchParams(params)}`, { headers });
          return response.text();
        };
        for (const params of [{ documentId: id }, { query: documents }]) {
          expect(await get(params), accept).toContain('{"data":{"viewer":{"kind":"API_KEY"}}}');
        }
        const refused = await get({ query: other });
        expect([refused.includes('FORBIDDEN'), refused.includes('API_KEY')], accept).toEqual([true, false]);
      }
      const socket = await new GraphQLSocket(url).open(tenant.key);
      socket.subscribe('1', other);
      expect(await socket.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'FORBIDDEN' } }] });
      socket.subscribe('2', documents);
      expect(await socket.next()).toMatchObject({ id: '2', type: 'next', payload: { data: {} } });
      socket.socket.terminate();
    },
  );

  it('include those of the SDK, which the dashboard asks by as well', async () => {
    const url = await servingOnly({});
    expect((await ask(url, { query: String(ViewerDocument) })).errors).toBeUndefined();
  });

  it('are refused at the start where their file is none', async () => {
    await expect(servingOnly({ a: 1 })).rejects.toThrow('EVERHOOK_TRUSTED_DOCUMENTS');
  });
});
