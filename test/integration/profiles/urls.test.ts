import type dns from 'node:dns/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { profiles } from '../../../core/profiles/registry.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { DescribedApi } from '../rest/described.ts';

/** Names as somebody else's name server answers for them. */
const zone = vi.hoisted(() => new Map<string, string[]>());

// What looks names up may be loaded already, by another file.
vi.hoisted(() => vi.resetModules());
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof dns>();
  class Resolver extends real.Resolver {
    override resolve4 = this.#of((address) => !address.includes(':')) as typeof dns.resolve4;
    override resolve6 = this.#of((address) => address.includes(':')) as typeof dns.resolve6;

    #of(isOfFamily: (address: string) => boolean) {
      return async (host: string) => {
        const found = zone.get(host)?.filter(isOfFamily) ?? [];
        if (found.length === 0) throw Object.assign(new Error('There is none.'), { code: 'ENOTFOUND' });
        return found;
      };
    }
  }
  return { ...real, default: { ...real, Resolver }, Resolver };
});

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id url profile } } }`;
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { url } } }`;
const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

/** An installation as it is in production: no rule is lifted. */
describe('a URL', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let rest: DescribedApi;

  beforeAll(async () => {
    api = await TestApi.start({ allowHttp: false, allowedPrivateRanges: [] });
    tenant = await api.tenant('STANDARD');
    await api.eventType(tenant, 'thing.happened');
    pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    rest = new DescribedApi(api.url, await (await fetch(`${api.url}/v1/openapi.json`)).json());
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    // The next file looks names up as the product does.
    vi.resetModules();
  });

  const input = (url: string, more: object = {}) => ({
    input: { projectId: tenant.projectId, name: 'Hook', url, ...more },
  });
  const refusalOf = async (url: string, more: object = {}) => {
    const { errors } = await api.ask(tenant.key, create, input(url, more));
    return { ...errors?.[0]?.extensions, message: errors?.[0]?.message };
  };
  const webhooks = async () => (await pool.query('SELECT count(*)::int FROM webhook')).rows[0].count;

  it.each(profiles)(
    'of a webhook of $name is of the schemes and the host that the row URL says',
    async ({ name: profile, url: policy }) => {
      const host = policy.host ?? 'example.com';
      expect(
        (await api.data(tenant.key, create, input(`https://${host}/hook`, { profile }))).createWebhook,
      ).toMatchObject({ webhook: { profile } });
      const http = await api.ask(tenant.key, create, input(`http://${host}/hook`, { profile }));
      if (policy.schemes.includes('http')) expect(http.errors).toBeUndefined();
      else expect(http.errors?.[0]?.extensions).toEqual({ code: 'VALIDATION_FAILED', field: 'input.url' });
      for (const wrong of ['https://localhost/hook', 'https://10.0.0.1/hook', 'http://localhost:3000/webhook']) {
        expect(await refusalOf(wrong, { profile })).toMatchObject({ code: 'VALIDATION_FAILED', field: 'input.url' });
      }
      if (policy.host)
        expect(await refusalOf('https://example.com/', { profile })).toMatchObject({ field: 'input.url' });
    },
  );

  it.each([
    ['with credentials', 'https://user:do-not-show@example.com/', 'user name or password'],
    ['with a user name', 'https://user@example.com/', 'user name or password'],
    ['with a fragment', 'https://example.com/#part', 'no fragment'],
    ['of the scheme http', 'http://example.com/', 'must begin with https://'],
    ['of the scheme ftp', 'ftp://example.com/', 'must begin with https://'],
    ['of the scheme javascript', 'javascript:alert(1)', 'with // and a host'],
    ['of 2,049 characters', `https://example.com/${'a'.repeat(2_029)}`, 'longer than 2,048'],
    ['that is no URL', 'not a host', 'white space'],
    ['without a host', 'https://', 'not an absolute URL'],
    ['whose host is none', 'https://a..b/', 'no valid host'],
    ...[
      ...['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', 'localhost.localdomain', 'ip6-localhost'],
      ...['ｌｏｃａｌｈｏｓｔ', '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.01', '①②⑦.0.0.1', '0'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'],
    ].map((host) => [`of this machine, as ${host}`, `https://${host}/`, 'localhost|not on the public internet']),
    ...['10.1.2.3', '192.168.1.1', '172.31.0.1', '169.254.169.254', '100.64.0.1', '[fd00:ec2::254]', '[fe80::1]'].map(
      (host) => [`of a private network, as ${host}`, `https://${host}/`, 'not on the public internet'],
    ),
  ])('%s is refused at create with the reason, and nothing is stored', async (_, url, reason) => {
    const before = await webhooks();
    expect(await refusalOf(url as string)).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.url',
      message: expect.stringMatching(reason as string),
    });
    const overRest = await rest.call(tenant.key, 'POST', '/v1/webhooks', { url });
    expect(overRest.body).toMatchObject({ status: 400, field: 'url', detail: expect.stringMatching(reason as string) });
    expect(JSON.stringify(overRest.body)).not.toContain('do-not-show');
    expect(await webhooks()).toBe(before);
  });

  it('of exactly 2,048 characters is taken', async () => {
    const url = `https://example.com/${'a'.repeat(2_028)}`;
    expect((await api.data(tenant.key, create, input(url))).createWebhook.webhook.url).toBe(url);
  });

  it('is held to the same rules when it is changed', async () => {
    const { id } = await api.webhook(tenant, { url: 'https://example.com/' });
    for (const url of ['http://example.com/', 'https://localhost/', 'https://u:p@example.com/', 'https://[::1]/']) {
      expect(await api.refusal(tenant.key, update, { input: { id, url } })).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.url',
      });
    }
  });

  it.each([
    ['an address of a private network', ['10.0.0.5']],
    ['this machine', ['127.0.0.1', '::1']],
    ['a public address and a private one', ['1.1.1.1', '192.168.0.1']],
    ['an address that hides a private one', ['::ffff:10.0.0.1']],
  ])(
    'whose name resolves to %s is taken, and refused at each attempt as BLOCKED_ADDRESS, which the log says',
    async (_, addresses) => {
      zone.set('rebinding.example', addresses);
      const { id } = await api.webhook(tenant, { url: 'https://rebinding.example/hook', retrySchedule: [] });
      const events = [{ type: 'thing.happened', data: {} }];
      const query = `query ($id: ID!) { deliveries(webhookId: $id) { edges { node { status statusReason attempts { outcome responseCode error } } } } }`;
      for (let published = 1; published <= 2; published++) {
        await api.data(tenant.key, publish, { input: { projectId: tenant.projectId, events } });
        let nodes: { status: string; statusReason: string; attempts: object[] }[] = [];
        while (nodes.filter(({ status }) => status === 'FAILED').length < published) {
          const { deliveries } = await api.data(tenant.key, query, { id });
          nodes = deliveries.edges.map(({ node }: { node: object }) => node);
        }
        const error = 'rebinding.example resolves to an address that is not on the public internet.';
        expect(nodes[0]).toEqual({
          status: 'FAILED',
          statusReason: error,
          attempts: [{ outcome: 'BLOCKED_ADDRESS', responseCode: null, error }],
        });
      }
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id,
      });
    },
  );
});
