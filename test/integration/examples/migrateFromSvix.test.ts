import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/everhook.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { operatorKey, TestApi } from '../../support/api.ts';
import { type Installed, npmInstall } from '../../support/npmInstall.ts';
import { type RunningReceiver, tlsReceiver } from '../sender/receivers.ts';
import { SvixStandIn, svixToken } from './svixStandIn.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const hiddenValue = 'Bearer of-the-receiver-0123456789';

/** A payload as Svix’s users write it, in the draft that they write. */
const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['number'],
  properties: { number: { type: 'integer' }, lines: { type: 'array', items: [{ type: 'string' }] } },
};

describe('migrate-from-svix', () => {
  let folder: string;
  let Svix: Installed;
  let Webhook: Installed;
  let api: TestApi;
  let receiver: RunningReceiver;
  let receiverUrl: string;
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  let arrived: () => void = () => {};
  let standIn: SvixStandIn;
  let svix: Installed;
  let everhook: Everhook;
  let organization: string;
  let run = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook-svix-'));
    ({ Svix, Webhook } = await (await npmInstall(folder, ['svix@1.99.1']))('svix'));
    const certificates = join(import.meta.dirname, '../sender/certificates/authority.pem');
    const outbound = { proxy: null, addresses: [], certificates };
    api = await TestApi.start({ allowHttp: false, outbound });
    for (const value of [secret, hiddenValue, svixToken]) api.sentinels.add(value);
    receiver = await tlsReceiver('trusted', async (request, response) => {
      received.push({ headers: request.headers, body: (await buffer(request)).toString('utf8') });
      response.writeHead(204).end();
      arrived();
    });
    receiverUrl = `https://127.0.0.1:${receiver.port}/hook`;
    everhook = new Everhook({ url: api.url, apiKey: operatorKey });
  }, 300_000);
  beforeEach(async () => {
    organization = `moved-${++run}`;
    await standIn?.close();
    standIn = await new SvixStandIn().listen();
    svix = new Svix(svixToken, { serverUrl: standIn.url });
  });
  afterAll(async () => {
    await everhook?.close();
    await standIn?.close();
    await receiver?.close();
    await api?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** Runs the script as its reader does. What it prints has no secret. */
  async function migrate(options: readonly string[] = [], env: Record<string, string> = {}) {
    const script = join(packageRoot, 'examples/migrate-from-svix.mjs');
    const child = execFile(process.execPath, [script, '--organization', organization, ...options], {
      env: {
        PATH: process.env.PATH,
        ...{ SVIX_URL: standIn.url, SVIX_TOKEN: svixToken, EVERHOOK_URL: api.url, EVERHOOK_KEY: operatorKey },
        ...env,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    for (const value of [secret, hiddenValue, svixToken, operatorKey]) expect(output).not.toContain(value);
    return { code, output };
  }

  /** Those that are not Everhook's own. */
  const ownTypes = async (organizationId: string) =>
    (await everhook.eventTypes.list({ organizationId })).filter(({ name }) => !name.startsWith('everhook.'));

  /** Everything that the organization has. */
  async function whatIsThere() {
    const { id: organizationId } = await everhook.organizations.get(organization);
    const projects = await everhook.projects.list({ organizationId }).toArray();
    const webhooks = await everhook.webhooks.list({ organizationId }).toArray();
    return { projects, webhooks, types: await ownTypes(organizationId) };
  }
  const webhookOf = (path: string) => everhook.webhooks.get(`${organization}/${path}`);

  /** Two customers with what usual customers have. */
  async function fill() {
    await svix.eventType.create({ name: 'order.paid', description: 'An order is paid.', schemas: { 1: schema } });
    await svix.eventType.create({ name: 'order.sent', description: 'A parcel left.', groupName: 'Orders' });
    await svix.eventType.create({ name: 'order.old', description: 'Of old.', archived: true });
    await svix.application.create({ uid: 'acme', name: 'Acme Ltd' });
    const other = await svix.application.create({ name: 'Harbour Robotics' });
    await svix.endpoint.create('acme', {
      ...{ uid: 'books', url: receiverUrl, description: 'Book-keeping', secret, metadata: { team: 'finance' } },
      ...{ filterTypes: ['order.paid', 'order.old'], headers: { 'X-Area': 'north' }, throttleRate: 10 },
    });
    await svix.endpoint.create('acme', { uid: 'off', url: `${receiverUrl}/off`, disabled: true });
    const hidden = await svix.endpoint.create(other.id, { url: `${receiverUrl}/hidden` });
    await svix.endpoint.updateHeaders(other.id, hidden.id, { headers: { Authorization: hiddenValue } });
    return { other: other.id as string, hidden: hidden.id as string };
  }

  it('changes nothing without --apply, and says what it would do', async () => {
    await fill();
    const { code, output } = await migrate();
    expect(output).toContain('A dry run: nothing was changed.');
    expect(output).toContain('Read 2 applications with 3 endpoints (1 disabled, 33.3 %).');
    expect(output).toMatch(
      /organizations: 1 added\n {2}event types: 2 added\n {2}projects: 2 added\n {2}webhooks: 3 added/,
    );
    expect(code).toBe(0);
    await expect(everhook.organizations.get(organization)).rejects.toThrow('There is no such organization');
  });

  it('brings types, projects and webhooks with their secrets, switched off; what was not taken whole is named', async () => {
    const { other, hidden } = await fill();
    standIn.refusals = 1;
    const before = standIn.changes;
    const { code, output } = await migrate(['--apply']);
    expect([code, standIn.changes - before], output).toEqual([0, 0]);

    const { projects, webhooks, types } = await whatIsThere();
    expect(projects.map(({ externalId, name, profile }) => [externalId, name, profile]).sort()).toEqual(
      [
        ['acme', 'Acme Ltd', 'STANDARD'],
        [other, 'Harbour Robotics', 'STANDARD'],
      ].sort(),
    );
    expect(types.map(({ name, category }) => [name, category]).sort()).toEqual([
      ['order.paid', null],
      ['order.sent', 'Orders'],
    ]);
    // It is written in the draft that Everhook reads.
    expect(types.find(({ name }) => name === 'order.paid')?.schema).toEqual({
      type: 'object',
      required: ['number'],
      properties: { number: { type: 'integer' }, lines: { type: 'array', prefixItems: [{ type: 'string' }] } },
    });
    expect(webhooks.map(({ active }) => active)).toEqual([false, false, false]);
    const books = await webhookOf('acme/books');
    expect(books).toMatchObject({ name: 'Book-keeping', url: receiverUrl, eventTypes: ['order.paid'] });
    expect(books.headers.map(({ name }) => name)).toEqual(['X-Area']);
    expect((await everhook.webhooks.revealSecrets(books.id)).map((live) => live.secret)).toEqual([secret]);
    for (const part of [
      'Event types archived at Svix, left out (1): order.old',
      'Endpoints that subscribe to archived types, which were left out (1): books',
      'Endpoints with a rate limit; Everhook has none (1): books',
      'Endpoints with metadata, which was left out (1): books',
      'Endpoints disabled at Svix; their webhooks stay off (1): off',
      `set them, then switch the webhook on (1): ${hidden} (Authorization)`,
    ]) {
      expect(output).toContain(part);
    }
  });

  it('switches on what is enabled at Svix; receivers verify with Svix’s own library and the secret that they have', async () => {
    const { other, hidden } = await fill();
    await migrate(['--apply']);
    const { code, output } = await migrate(['--apply', '--switch-on']);
    expect(code, output).toBe(0);
    expect([(await webhookOf('acme/books')).active, (await webhookOf('acme/off')).active]).toEqual([true, false]);
    // Its receiver would refuse what comes without the header that Svix hides.
    expect((await webhookOf(`${other}/${hidden}`)).active).toBe(false);

    const came = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { id } = await everhook
      .project(`${organization}/acme`)
      .events.publish({ type: 'order.paid', data: { number: 7 } });
    await came;
    const [{ headers, body }] = received.splice(0) as [(typeof received)[0]];
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      ...{ type: 'order.paid', timestamp: expect.any(String), data: { number: 7 } },
    });
    expect([headers['webhook-id'], headers['x-area']]).toEqual([id, 'north']);
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature found');
  });

  it('changes nothing when it is run again; follows Svix while a webhook is off, and leaves one that is on as it is', async () => {
    const { other, hidden } = await fill();
    await migrate(['--apply']);
    await everhook.webhooks.update((await webhookOf(`${other}/${hidden}`)).id, {
      headers: [{ name: 'authorization', value: hiddenValue }],
    });
    const before = await whatIsThere();
    const again = await migrate(['--apply']);
    expect(again.code, again.output).toBe(0);
    expect(again.output).toContain('webhooks: 3 unchanged');
    expect(await whatIsThere()).toEqual(before);

    const rotated = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    api.sentinels.add(rotated);
    await svix.endpoint.rotateSecret('acme', 'books', { key: rotated });
    const { output } = await migrate(['--apply', '--switch-on']);
    expect(output).toMatch(/webhooks: .*1 changed/);
    expect(output).not.toContain(rotated);
    const books = await webhookOf('acme/books');
    expect((await everhook.webhooks.revealSecrets(books.id))[0]?.secret).toBe(rotated);
    // The header was set by hand, so this one may be on as well.
    expect((await webhookOf(`${other}/${hidden}`)).active).toBe(true);

    await everhook.webhooks.update(books.id, { name: 'Renamed here' });
    expect((await migrate(['--apply'])).output).toMatch(
      /webhooks: 2 on already, 1 unchanged|webhooks: 1 unchanged, 2 on already/,
    );
    expect((await webhookOf('acme/books')).name).toBe('Renamed here');
  });

  it('names what cannot be taken over, with the reason, and goes on', async () => {
    await fill();
    await svix.eventType.create({ name: 'order..odd', description: 'No name for Everhook.' });
    await svix.eventType.create({ name: 'order.strange', description: '', schemas: { 1: { $schema: 'urn:none' } } });
    const put = (uid: string, endpoint: object) => svix.endpoint.create('acme', { uid, url: receiverUrl, ...endpoint });
    await put('plain', { url: 'http://example.com/hook' });
    await put('odd', { filterTypes: ['order.paid', 'order..odd'] });
    await put('old', { filterTypes: ['order.old'] });
    await put('some', { channels: ['north'] });
    await put('ed25519', { secret: 'whsk_6XbOdCcHpPea21PS1N9VYNZW723CEc77' });
    await put('long', { secret: `whsec_${Buffer.alloc(70, 1).toString('base64')}` });
    standIn.transformed.add((await put('changed', {})).id);
    await put('last', {});
    const { code, output } = await migrate(['--apply', '--only', 'acme', '--only', 'nobody']);
    expect(code).toBe(2);
    const reasons = {
      'event type order..odd': 'A type is named like "resource.action"',
      'event type order.strange': 'This dialect of JSON Schema cannot be read: urn:none',
      'endpoint plain of acme (Acme Ltd)': 'The URL must begin with https://.',
      'endpoint odd of acme (Acme Ltd)': 'it subscribes to event types that were not taken over: order..odd',
      'endpoint old of acme (Acme Ltd)': 'all event types that it subscribes to are archived',
      'endpoint some of acme (Acme Ltd)': 'it listens to channels (north).',
      'endpoint ed25519 of acme (Acme Ltd)': 'its signatures are not of HMAC (v1)',
      'endpoint long of acme (Acme Ltd)': 'A secret of this profile is whsec_ and the base64 of 24 to 64 bytes.',
      'endpoint changed of acme (Acme Ltd)': 'a transformation changes its payloads',
      'application nobody': 'Svix has none with this uid or id',
    };
    expect(output).toContain(`Not taken over (${Object.keys(reasons).length}):`);
    for (const [what, reason] of Object.entries(reasons)) expect(output).toContain(`${what}: ${reason}`);
    const { webhooks, projects } = await whatIsThere();
    expect(webhooks.map(({ externalId }) => externalId).sort()).toEqual(['books', 'last', 'off']);
    expect(projects.map(({ externalId }) => externalId)).toEqual(['acme']);
  });

  it('makes an organization of each application with --tenants, and takes the schemas of “data” with --envelope', async () => {
    const uid = '0198e5a3-58a3-7c3e-9f43-1d2a5b6c7d8e';
    const app = await svix.application.create({ uid, name: 'A name of many customers' });
    await svix.endpoint.create(app.id, { url: receiverUrl });
    const data = { type: 'object', required: ['number'], properties: { to: { $ref: '#/definitions/address' } } };
    const definitions = { address: { type: 'string' } };
    const envelope = { $schema: schema.$schema, properties: { type: {}, timestamp: {}, data }, definitions };
    await svix.eventType.create({ name: 'order.paid', description: '', schemas: { 1: {}, 10: envelope, 9: {} } });
    await svix.eventType.create({ name: 'order.bare', description: '', schemas: { 1: schema } });
    const { code, output } = await migrate(['--apply', '--tenants', '--envelope']);
    expect(code).toBe(2);
    expect(output).toContain('event type order.bare: its schema has no "data"');
    // A UUID is an id of Everhook's own: Svix's id takes its place.
    expect(output).toContain(`no external id may look like; Svix’s id took their place (1): ${uid}`);
    const made = await everhook.organizations.get(app.id);
    expect(made.name).toBe('A name of many customers');
    expect(await everhook.webhooks.list({ organizationId: made.id }).toArray()).toHaveLength(1);
    const [type, ...others] = await ownTypes(made.id);
    expect(others).toEqual([]);
    expect(type?.schema).toEqual({
      ...{ type: 'object', required: ['number'] },
      ...{ properties: { to: { $ref: '#/$defs/address' } }, $defs: definitions },
    });
  });

  it('says what to do about a wrong key, a wrong address and a missing setting', async () => {
    await fill();
    const { id: organizationId } = await everhook.organizations.create({ name: 'Other' });
    const { key } = await everhook.apiKeys.create({ name: 'Owner', organizationId, role: 'OWNER' });
    const wrong: [Record<string, string>, string][] = [
      [{ SVIX_TOKEN: 'testsk_wrong' }, 'Svix refuses the key in SVIX_TOKEN (401). Give an API key of the environment'],
      [{ EVERHOOK_KEY: 'wrong' }, 'Everhook refuses the key in EVERHOOK_KEY: give the operator’s key'],
      [{ EVERHOOK_KEY: key }, 'Give the operator’s key, which also creates organizations'],
      [{ SVIX_URL: `${standIn.url}/docs` }, 'Is SVIX_URL the address of its API?'],
      [{ SVIX_TOKEN: '' }, 'Set SVIX_TOKEN in the environment.'],
    ];
    for (const [env, advice] of wrong) {
      const { code, output } = await migrate(['--apply'], env);
      expect([code, output]).toEqual([1, expect.stringContaining(advice)]);
    }
    expect(await migrate(['--aply'])).toEqual({ code: 1, output: expect.stringContaining("Unknown option '--aply'") });
  });
});
