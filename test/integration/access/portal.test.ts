import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { atTime } from '../../support/atTime.ts';
import { member, startWithUsers } from '../../support/users.ts';

const createLink = `mutation ($input: CreatePortalLinkInput!) {
  createPortalLink(input: $input) { token path portalLink { id name permissions expiresAt revokedAt project { id } } }
}`;
const revokeLink = 'mutation ($id: ID!) { revokePortalLink(input: { id: $id }) { portalLink { revokedAt } } }';

describe('a portal link', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const input = (changes: object = {}) => ({
    input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'], ...changes },
  });
  const link = async (changes: object = {}, by = tenant.key) =>
    (await api.data(by, createLink, input(changes))).createPortalLink;

  it('opens one project for an hour, with the permissions that were chosen', async () => {
    const before = Date.now();
    const { token, path, portalLink } = await link({ name: 'Dock four' });
    expect(token).toMatch(/^ehp_[\w-]{43}$/);
    expect(path).toBe(`/portal#token=${token}`);
    expect(portalLink).toMatchObject({ name: 'Dock four', revokedAt: null, project: { id: tenant.projectId } });
    expect(Date.parse(portalLink.expiresAt) - before).toBeGreaterThan(3_590_000);
    expect(Date.parse(portalLink.expiresAt) - before).toBeLessThan(3_660_000);
    expect(
      (await api.data(token, '{ viewer { kind id role permissions project { id } organization { id } } }')).viewer,
    ).toEqual({
      kind: 'PORTAL',
      id: portalLink.id,
      role: null,
      permissions: ['WEBHOOK_MANAGE', 'WEBHOOK_READ'],
      project: { id: tenant.projectId },
      organization: { id: tenant.organizationId },
    });
    const wide = (await api.webhook(tenant, { projectId: undefined, organizationId: tenant.organizationId })).id;
    expect((await api.refusal(token, 'query ($id: ID!) { webhook(id: $id) { id } }', { id: wide })).code).toBe(
      'NOT_FOUND',
    );
  });

  it('is shown once, and never lists its token', async () => {
    const { token, portalLink } = await link();
    const listed = await api.ask(tenant.key, '{ portalLinks { edges { node { id name permissions expiresAt } } } }');
    expect(listed.text).toContain(portalLink.id);
    expect(listed.text).not.toContain(token);
  });

  it('never gives more than its maker has, nor what is not for customers', async () => {
    const maker = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['KEY_MANAGE', 'WEBHOOK_READ'],
    });
    await link({ permissions: ['WEBHOOK_READ'] }, maker);
    expect(await api.refusal(maker, createLink, input())).toEqual({ code: 'FORBIDDEN', field: 'input.permissions' });
    for (const permission of ['KEY_MANAGE', 'MEMBER_MANAGE', 'ORGANIZATION_MANAGE', 'AUDIT_READ', 'EVENT_PUBLISH']) {
      expect(await api.refusal(tenant.key, createLink, input({ permissions: [permission] }))).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.permissions',
      });
    }
    expect((await api.refusal(tenant.key, createLink, input({ permissions: [] }))).field).toBe('input.permissions');
    const { token } = await link();
    expect((await api.refusal(token, createLink, input())).code).toBe('FORBIDDEN');
  });

  it('lives from one minute to one day, and not a moment longer', async () => {
    for (const expiresIn of ['PT59S', 'P1DT1S', 'PT0S']) {
      expect(await api.refusal(tenant.key, createLink, input({ expiresIn }))).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.expiresIn',
      });
    }
    const { token, portalLink } = await link({ expiresIn: 'PT1M' });
    await api.data(token, '{ viewer { kind } }');
    // Its time passes for the process as it does for the world.
    const statusAt = (time: number) => atTime(time, async () => (await api.ask(token, '{ viewer { kind } }')).status);
    expect(await statusAt(Date.parse(portalLink.expiresAt) - 1)).toBe(200);
    expect(await statusAt(Date.parse(portalLink.expiresAt))).toBe(401);
  });

  it('is good for nothing once it is revoked, also where it is in use', async () => {
    const { token, portalLink } = await link();
    await api.eventType(tenant, 'crane.moved');
    const { id } = await api.webhook(tenant);
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const messages: { type: string; payload?: unknown }[] = [];
    let wake = () => {};
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      wake();
    });
    const next = async () => {
      while (messages.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return messages.shift() as { type: string; payload?: unknown };
    };
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    expect((await next()).type).toBe('connection_ack');
    const { deliveryCursor } = await api.data(token, '{ deliveryCursor }');
    socket.send(
      JSON.stringify({
        id: '1',
        type: 'subscribe',
        payload: {
          query: 'subscription ($after: String) { deliveryUpdated(after: $after) { eventType } }',
          variables: { after: deliveryCursor },
        },
      }),
    );
    const test = () =>
      api.data(tenant.key, 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', {
        id,
      });
    await test();
    expect((await next()).type).toBe('next');
    await api.data(tenant.key, revokeLink, { id: portalLink.id });
    expect((await api.ask(token, '{ viewer { kind } }')).status).toBe(401);
    await test();
    let last = await next();
    // What was told before the revocation may still be on its way.
    while (last.type === 'next') last = await next();
    expect(last).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    socket.close();
  });

  it('ends with the key that made it, when that is revoked: who got hold of the key keeps nothing', async () => {
    const stolen = await api.key(tenant.key, { organizationId: tenant.organizationId, role: 'ADMIN' });
    const { token } = await link({}, stolen);
    const other = await link();
    expect((await api.data(token, '{ viewer { kind } }')).viewer.kind).toBe('PORTAL');
    const { id } = (await api.data(stolen, '{ viewer { id } }')).viewer;
    await api.data(tenant.key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id });
    await expect
      .poll(async () => (await api.ask(token, '{ viewer { kind } }')).errors?.[0]?.extensions.code)
      .toBe('UNAUTHENTICATED');
    expect((await api.data(other.token, '{ viewer { kind } }')).viewer.kind).toBe('PORTAL');
  });

  it('is revoked by who manages keys in its project, and by nobody else', async () => {
    const { portalLink } = await link();
    const { id } = portalLink;
    const viewer = await member(api, tenant, 'viewer', 'VIEWER');
    expect(await api.refusal(viewer, revokeLink, { id })).toEqual({ code: 'FORBIDDEN' });
    const other = await api.tenant();
    expect(await api.refusal(other.key, revokeLink, { id })).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    const admin = await member(api, tenant, 'lead', 'PROJECT_ADMIN');
    await api.data(admin, revokeLink, { id });
  });
});
