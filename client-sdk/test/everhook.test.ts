import { describe, expect, it } from 'vitest';
import { Everhook, type EverhookOptions } from '../src/index.ts';
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
});
