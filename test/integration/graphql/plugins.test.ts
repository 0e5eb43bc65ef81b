import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPlugin } from '../../../server/http/yoga/call.ts';
import type { HttpServer } from '../../../server/httpServer.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';

describe('a plugin that has none but the hooks of parameters and results', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let server: HttpServer;
  let url: string;
  const told: { hook: string; header: string | null; method: string }[] = [];
  const plugin: CallPlugin = {
    onParams: ({ request: { headers, method } }) =>
      void told.push({ hook: 'onParams', header: headers.get('x-berth'), method }),
    onExecutionResult: ({ request: { headers, method } }) =>
      void told.push({ hook: 'onExecutionResult', header: headers.get('x-berth'), method }),
  };

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    ({ server, url } = await api.serve({}, { plugins: [plugin] }));
  });
  afterAll(async () => {
    await server.close();
    await api.close();
  });

  it.each([
    ['POST', 'application/json'],
    ['POST', 'text/event-stream'],
    ['GET', 'application/json'],
    ['GET', 'text/event-stream'],
  ])('reads the headers of a %s that takes %s', async (method, accept) => {
    told.length = 0;
    const query = '{ viewer { kind } }';
    const headers = {
      authorization: `Bearer ${tenant.key}`,
      'content-type': 'application/json',
      accept,
      'x-berth': 'seven',
    };
    const response =
      method === 'GET'
        ? await fetch(`${url}/graphql?${new URLSearchParams({ query })}`, { headers })
        : await fetch(`${url}/graphql`, { method, headers, body: JSON.stringify({ query }) });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('API_KEY')]);
    expect(told).toEqual([
      { hook: 'onParams', header: 'seven', method },
      { hook: 'onExecutionResult', header: 'seven', method },
    ]);
  });
});
