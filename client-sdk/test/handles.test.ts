import { afterEach, describe, expect, it } from 'vitest';
import { Everhook } from '../src/index.ts';
import { type Answer, EventStore, scriptedServer, sendJson } from './support/scriptedServer.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function clientOf(answer: Answer) {
  const server = await scriptedServer(answer);
  closing.push(() => server.close());
  return { server, everhook: new Everhook({ url: server.url, apiKey: 'k', retries: 0 }) };
}

const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
const empty = { edges: [], pageInfo };

describe('a handle of one project', () => {
  it('gives its id to every method that takes one, beside what the caller gives', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf((request, response) => {
      if (request.query.includes('publishEvents')) return store.answer(request, response);
      const created = { webhook: { id: 'w' }, secret: null, testDelivery: null };
      const updated = { eventType: { name: 'a.b' }, warnings: [] };
      const data = { webhooks: empty, issueIntegration: null, createWebhook: created, updateEventType: updated };
      sendJson(response, 200, { data });
    });
    const project = everhook.project('p-1');
    expect(project.id).toBe('p-1');
    await project.events.publish({ type: 'a.b', data: 1 });
    await project.events.publishMany([{ type: 'a.b', data: 1 }], { allOrNone: true });
    await project.webhooks.list({ active: true }).page();
    await project.webhooks.list().page();
    await project.webhooks.create({ name: 'w', url: 'https://receiver.example/' });
    await project.inbound.integration();
    await project.eventTypes.update('a.b', { description: 'Changed.' });
    expect(
      server.requests.map(({ variables }) => [
        variables.projectId ?? variables.input?.projectId,
        variables.organizationId ?? variables.input?.organizationId,
      ]),
    ).toEqual(Array(7).fill(['p-1', undefined]));
    expect(server.requests[2]?.variables).toMatchObject({ active: true, projectId: 'p-1' });
    expect(server.requests[4]?.variables.input).toMatchObject({ name: 'w', projectId: 'p-1' });
  });

  it('has the methods that take another id as they are', async () => {
    const { server, everhook } = await clientOf((_, response) => {
      sendJson(response, 200, { data: { webhook: { id: 'w' }, project: { id: 'p-1' } } });
    });
    const project = everhook.project('p-1');
    expect(await project.webhooks.get('w')).toMatchObject({ id: 'w' });
    expect(await project.get()).toMatchObject({ id: 'p-1' });
    expect(server.requests.map(({ variables }) => variables)).toEqual([{ id: 'w' }, { id: 'p-1' }]);
  });

  it('changes and deletes the project itself', async () => {
    const { server, everhook } = await clientOf((_, response) => {
      const deletion = { deletion: { id: 'd' } };
      const data = { updateProject: { project: { id: 'p-1' } }, deleteProject: deletion, deleteOrganization: deletion };
      sendJson(response, 200, { data });
    });
    const project = everhook.project('p-1');
    await project.update({ name: 'Quay' });
    expect(await project.delete({ name: 'Quay' })).toEqual({ id: 'd' });
    await everhook.organization('o-1').delete();
    expect(server.requests.map(({ variables }) => variables.input)).toEqual([
      { id: 'p-1', name: 'Quay' },
      { id: 'p-1', name: 'Quay' },
      { id: 'o-1' },
    ]);
  });

  it('keeps recoveries within it: those of a filter, which would else reach as far as the key', async () => {
    const { server, everhook } = await clientOf((_, response) => {
      sendJson(response, 200, { data: { recoverable: {}, recoverDeliveries: { recovery: { id: 'r' } } } });
    });
    const { recoveries } = everhook.project('p-1');
    await recoveries.recoverable({});
    await recoveries.start({ filter: { statuses: ['FAILED'] }, since: new Date(0) });
    await recoveries.start({ webhookId: 'w' });
    await everhook.organization('o-1').recoveries.recoverable({ filter: { projectId: 'p-2' } });
    expect(server.requests.map(({ variables }) => variables.input)).toMatchObject([
      { filter: { projectId: 'p-1' } },
      { filter: { statuses: ['FAILED'], projectId: 'p-1' }, since: '1970-01-01T00:00:00.000Z' },
      { webhookId: 'w' },
      { filter: { projectId: 'p-2', organizationId: 'o-1' } },
    ]);
    expect(server.requests[2]?.variables.input.filter).toBeUndefined();
    // @ts-expect-error The project is given already.
    await expect(recoveries.recoverable({ filter: { projectId: 'p-2' } })).rejects.toMatchObject({
      field: 'filter.projectId',
    });
  });

  it.each([undefined, null, '', 7])('is not made without an id: %j', (id) => {
    expect(() => new Everhook({ url: 'http://127.0.0.1:9', apiKey: 'k' }).project(id as string)).toThrowError(
      expect.objectContaining({ name: 'ValidationError', field: 'id' }),
    );
  });

  it('refuses a project that is given once more, at run time as the compiler does', () => {
    const project = new Everhook({ url: 'http://127.0.0.1:9', apiKey: 'k', retries: 0 }).project('p-1');
    const untyped = project.webhooks as unknown as { list(filter: object): unknown };
    for (const field of ['projectId', 'organizationId']) {
      expect(() => untyped.list({ [field]: 'other' })).toThrowError(
        expect.objectContaining({ name: 'ValidationError', field }),
      );
    }
    // Compiled with the tests, and never called.
    const compiled = () => [
      // @ts-expect-error The project is given already.
      project.webhooks.list({ projectId: 'p-1' }),
      // @ts-expect-error So is its organization.
      project.deliveries.watch({ organizationId: 'o-1' }),
      // @ts-expect-error In options, too.
      project.events.publish({ type: 'a.b', data: 1 }, { projectId: 'p-1' }),
      project.webhooks.create({
        name: 'w',
        url: 'https://receiver.example/',
        // @ts-expect-error And in inputs.
        projectId: 'p-1',
      }),
      // @ts-expect-error What else is required stays so.
      project.webhooks.create({ name: 'w' }),
      // @ts-expect-error A misspelt key stays one.
      project.webhooks.list({ activ: true }),
      // @ts-expect-error Members belong to an organization.
      project.members,
    ];
    expect(compiled).toBeTypeOf('function');
  });
});

describe('a handle of one organization', () => {
  it('gives its id, and leaves the choice of a project', async () => {
    const { server, everhook } = await clientOf((_, response) => {
      sendJson(response, 200, { data: { members: empty, auditEvents: empty, organization: { id: 'o-1' } } });
    });
    const organization = everhook.organization('o-1');
    await organization.members.list().page();
    await organization.audit.list({ projectId: 'p-1' }).page();
    expect(await organization.get()).toMatchObject({ id: 'o-1' });
    expect(server.requests.map(({ variables }) => variables)).toMatchObject([
      { organizationId: 'o-1' },
      { organizationId: 'o-1', projectId: 'p-1' },
      { id: 'o-1' },
    ]);
    // @ts-expect-error The organization is given already.
    expect(() => organization.projects.list({ organizationId: 'o-2' })).toThrowError(
      expect.objectContaining({ field: 'organizationId' }),
    );
    expect(() => everhook.organization('')).toThrowError(expect.objectContaining({ field: 'id' }));
  });
});
