import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tasks } from '../../../core/profiles/tasks.ts';
import { createRoutes } from '../../../server/rest/routes.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';
import { readTable } from './table.ts';
import { principals } from './world.ts';

const task = tasks.catalogue.find(({ name }) => name === 'task.created')?.example;

/** Bodies of the routes that take one. */
const bodies: Readonly<Record<string, (projectId: string) => object>> = {
  'POST /v1/events': (projectId) => ({ type: 'task.created', data: task, projectId }),
  'POST /v1/webhooks': (projectId) => ({ url: 'https://receiver.example/', project_id: projectId, name: randomUUID() }),
  'PATCH /v1/webhooks/:id': () => ({ name: randomUUID() }),
};
/** Where a route names what it is about in its query. */
const queries: Readonly<Record<string, (projectId: string) => string>> = {
  'GET /v1/webhooks': (projectId) => `?project_id=${projectId}`,
  'GET /api/issues/stream': (projectId) => `?projectId=${projectId}`,
};

describe('the routes of REST and the stream', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let keys: Record<string, string>;
  let table: Map<string, Record<string, string>>;
  let routes: string[];

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant('TASKS');
    keys = await principals(api, tenant);
    table = await readTable('REST and streams');
    routes = [
      ...createRoutes(api.service.services, '').flatMap(({ segments, methods }) =>
        Object.keys(methods).map((method) => `${method} /v1/${segments.join('/')}`),
      ),
      'GET /api/issues/stream',
    ];
  });
  afterAll(() => api.close());

  async function outcome(route: string, column: string): Promise<string> {
    const [method = '', pattern = ''] = route.split(' ');
    const { id } = await api.webhook(tenant);
    const url = `${api.url}${pattern.replace(':id', id)}${queries[route]?.(tenant.projectId) ?? ''}`;
    const body = bodies[route]?.(tenant.projectId);
    const ending = new AbortController();
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${keys[column]}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: ending.signal,
    });
    const { status } = response;
    // A stream has no end of its own.
    ending.abort();
    if (status === 403) return 'no';
    if (status === 404) return 'unseen';
    return status < 300 ? 'yes' : String(status);
  }

  it('are all in the table, and nothing else is', () => {
    expect([...table.keys()].sort()).toEqual([...routes].sort());
  });

  it('give each principal what the table says', async () => {
    for (const route of routes) {
      const found: Record<string, string> = {};
      for (const column of Object.keys(keys)) found[column] = await outcome(route, column);
      expect(found, route).toEqual(table.get(route));
    }
  });

  it('are nobody’s without a credential', async () => {
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const response = await fetch(`${api.url}${path}?projectId=${tenant.projectId}`, { method });
      await response.body?.cancel();
      expect(response.status, route).toBe(401);
    }
  });
});
