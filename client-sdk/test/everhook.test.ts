import { describe, expect, it } from 'vitest';
import { Everhook, type EverhookOptions, ValidationError } from '../src/index.ts';
import { type Answer, scriptedServer, sendJson } from './support/scriptedServer.ts';

const fieldAtFault = (options: Partial<Record<keyof EverhookOptions, unknown>>) => {
  try {
    new Everhook({ url: 'https://hooks.example.com', apiKey: 'k', ...options } as EverhookOptions);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ValidationError' });
    return error as Error & { field: string };
  }
  return null;
};

const viewer = { kind: 'API_KEY', role: 'OWNER', permissions: [], organization: null, project: null };
const answerViewer: Answer = (_, response) => void sendJson(response, 200, { data: { viewer } });

describe('the client', () => {
  it.each<[keyof EverhookOptions, unknown]>([
    ['url', 'hooks.example.com'],
    ['url', 'ftp://hooks.example.com'],
    ['url', 'https://user:s3cret@hooks.example.com'],
    ['apiKey', ''],
    ['apiKey', 's3cret\nx'],
    ['apiKey', undefined],
    ['retries', -1],
    ['retries', 1.5],
    ['timeoutMs', 0],
    ['timeoutMs', Number.POSITIVE_INFINITY],
    ['publishConcurrency', 0],
    ['keepAliveMs', 2 ** 31],
  ])('refuses %s: %j at once, without quoting it', (field, value) => {
    const error = fieldAtFault({ [field]: value });
    expect(error?.field).toBe(field);
    expect(error?.message).not.toContain('s3cret');
  });

  it('says which numbers it takes', () => {
    for (const timeoutMs of [0, 1e12, Number.POSITIVE_INFINITY]) {
      expect(fieldAtFault({ timeoutMs })?.message).toBe('This must be a whole number from 1 to 2147483647.');
    }
  });

  it.each([undefined, null, {}, 'https://hooks.example.com'])(
    'says what is missing where it is given %j',
    (options) => {
      const make = () => new Everhook(options as never);
      expect(make).toThrow(ValidationError);
      expect(make).toThrow(expect.objectContaining({ field: 'url' }));
    },
  );

  it.each(['', '/', '/graphql', '/behind/a/proxy', '/behind/a/proxy/graphql'])(
    'finds GraphQL from the url’s path “%s”',
    async (path) => {
      const asked: string[] = [];
      const everhook = new Everhook({
        url: `https://hooks.example.com${path}`,
        apiKey: 'k',
        fetch: async (url) => {
          asked.push(url);
          return new Response(JSON.stringify({ data: { viewer } }));
        },
      });
      await everhook.viewer();
      expect(asked).toEqual([`https://hooks.example.com${path.includes('behind') ? '/behind/a/proxy' : ''}/graphql`]);
    },
  );

  it('asks a function for the key before every request, and refuses what it must not send', async () => {
    const server = await scriptedServer(answerViewer);
    const keys = ['first', 'second', 'no key\r\n'];
    const everhook = new Everhook({ url: server.url, apiKey: async () => keys.shift() as string });
    await everhook.viewer();
    await everhook.viewer();
    await expect(everhook.viewer()).rejects.toMatchObject({ name: 'ValidationError', field: 'apiKey' });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    await server.close();
  });

  it('asks it once for requests that begin at the same time, also where it fails, and anew for the next', async () => {
    const server = await scriptedServer(answerViewer);
    const answers = [new Error('The shop is busy.'), 'first', 'second'];
    const everhook = new Everhook({
      url: server.url,
      apiKey: async () => {
        const answer = answers.shift() as string | Error;
        await new Promise((resolve) => setImmediate(resolve));
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });
    const together = () => Promise.allSettled([everhook.viewer(), everhook.viewer(), everhook.viewer()]);
    for (const each of await together()) expect(each).toMatchObject({ reason: { message: 'The shop is busy.' } });
    for (const each of await together()) expect(each.status).toBe('fulfilled');
    await everhook.viewer();
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      ...Array.from({ length: 3 }, () => 'Bearer first'),
      'Bearer second',
    ]);
    await server.close();
  });

  it('gives up a key that never comes for all that wait for it, and asks anew', async () => {
    let asked = 0;
    const apiKey = () => (++asked === 1 ? new Promise<string>(() => {}) : Promise.resolve('second'));
    const fetch = async () => new Response(JSON.stringify({ data: { viewer } }));
    const everhook = new Everhook({ url: 'https://hooks.example.com', apiKey, fetch, timeoutMs: 50, retries: 0 });
    const failed = await Promise.all([1, 2, 3].map(() => everhook.viewer().catch((error: unknown) => error)));
    for (const error of failed) expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(asked).toBe(1);
    expect(await everhook.viewer()).toMatchObject({ kind: 'API_KEY' });
    expect(asked).toBe(2);
  });

  it('passes operations of the caller’s own on, and tells the server’s name of a failed request', async () => {
    const server = await scriptedServer(({ query, variables }, response) => {
      if (query.startsWith('mutation')) {
        const errors = [{ message: 'No.', extensions: { code: 'CONFLICT', field: 'input' } }];
        sendJson(response, 200, { data: null, errors }, { 'x-request-id': 'r-1' });
      } else sendJson(response, 200, { data: variables });
    });
    const everhook = new Everhook({ url: server.url, apiKey: 'k' });
    expect(await everhook.query('query ($n: Int) { n }', { n: 1 })).toEqual({ n: 1 });
    const refused = everhook.mutate('mutation { x }', {});
    await expect(refused).rejects.toMatchObject({ name: 'ConflictError', field: 'input', requestId: 'r-1' });
    await server.close();
  });

  it.each<[string, Answer, object]>([
    [
      'the API refuses',
      (_, response) => {
        const extensions = { code: 'FORBIDDEN', permission: 'WEBHOOK_READ', requestId: 'r-body', field: 'id' };
        sendJson(response, 200, { data: null, errors: [{ message: 'No.', extensions }] }, { 'x-request-id': 'r-head' });
      },
      { name: 'ForbiddenError', permission: 'WEBHOOK_READ', field: 'id', status: 200, requestId: 'r-body' },
    ],
    [
      'a gateway refuses',
      (_, response) => void response.writeHead(429, { 'x-request-id': 'r-head', 'retry-after': '7' }).end('<html>'),
      { name: 'RateLimitedError', status: 429, requestId: 'r-head', retryAfter: 7 },
    ],
    [
      'the answer breaks off',
      (_, response) => {
        response.writeHead(200, { 'x-request-id': 'r-head', 'content-length': '100' }).write('{"da', () => {
          response.destroy();
        });
      },
      { name: 'NetworkError', requestId: 'r-head' },
    ],
    ['there is no answer', (_, response) => void response.destroy(), { name: 'NetworkError', requestId: undefined }],
  ])('tells the request, its address and what was lacking in the error where %s', async (_, answer, expected) => {
    const server = await scriptedServer(answer);
    const everhook = new Everhook({ url: `${server.url}/?token=a-secret`, apiKey: 'k', retries: 0 });
    await expect(everhook.viewer()).rejects.toMatchObject({ ...expected, url: `${server.url}/graphql` });
    await expect(everhook.events.publish({ type: 'a.b', data: 1 })).rejects.toMatchObject({
      ...expected,
      url: `${server.url}/graphql`,
    });
    await server.close();
  });

  it('refuses a misspelt filter before anything is sent, which GraphQL would ignore', async () => {
    const server = await scriptedServer(() => {});
    const everhook = new Everhook({ url: server.url, apiKey: 'k', retries: 0 });
    const misspelt = { projectID: 'p' } as object;
    const refused = { name: 'ValidationError', field: 'projectID', message: expect.stringContaining('"projectId"') };
    await expect(everhook.webhooks.list(misspelt).page()).rejects.toMatchObject(refused);
    await expect(everhook.deliveries.list(misspelt).toArray()).rejects.toMatchObject(refused);
    await expect(everhook.deliveries.watch(misspelt).next()).rejects.toMatchObject(refused);
    await expect(everhook.deliveries.watch(misspelt).ready).rejects.toMatchObject(refused);
    await expect(everhook.viewer({ anything: 1 } as object)).rejects.toMatchObject({ field: 'anything' });
    expect(server.requests).toHaveLength(0);
    await server.close();
  });
});
