import type { Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneTemplates } from '../../../core/deliveries/requestTemplate.ts';
import type { ProfileName } from '../../../core/profiles/profile.ts';
import { profileOf, profiles } from '../../../core/profiles/registry.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { type RunningReceiver, tcpReceiver } from '../sender/receivers.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }';
const asked = `request { method url headers { name value } body }`;

interface Shown {
  readonly method: string;
  readonly url: string | null;
  readonly headers: { readonly name: string; readonly value: string }[] | null;
  readonly body: string | null;
}
interface Logged {
  readonly id: string;
  readonly status: string;
  readonly request: Shown | null;
  readonly attempts: { readonly outcome: string; readonly request: Shown | null }[];
}

describe('the log shows of each attempt the request that left', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: RunningReceiver;
  /** Requests as they came, by their path. */
  const raw = new Map<string, string[]>();
  const watchers: (() => void)[] = [];
  let code = 200;

  beforeAll(async () => {
    receiver = await tcpReceiver((socket: Socket, request) => {
      const path = /^POST (\S+) /.exec(request)?.[1] ?? '';
      raw.set(path, [...(raw.get(path) ?? []), request]);
      socket.write(`HTTP/1.1 ${code} Answer\r\ncontent-length: 0\r\n\r\n`);
      for (const watcher of watchers.splice(0)) watcher();
    });
    api = await TestApi.start();
    tenant = await api.tenant('STANDARD');
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    await api.eventType(tenant, 'thing.updated');
  });
  afterAll(async () => {
    await api.close();
    await pool.end();
    await receiver.close();
  });

  const at = (path: string) => `http://127.0.0.1:${receiver.port}${path}`;
  const send = (data: object = { id: 't1', name: 'Ein Kran, groß — 🏗', n: 1.5 }) =>
    api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [{ type: 'thing.updated', data, previous: { name: 'x' } }] },
    });
  async function came(path: string, count = 1): Promise<string[]> {
    while ((raw.get(path)?.length ?? 0) < count) await new Promise<void>((resolve) => watchers.push(resolve));
    return raw.get(path) as string[];
  }
  /** A webhook's deliveries, the oldest first, once none is on its way. */
  async function logOf(webhookId: string): Promise<Logged[]> {
    for (;;) {
      const { deliveries } = await api.data(
        tenant.key,
        `query ($id: ID!) { deliveries(webhookId: $id, first: 6) { edges { node { id status ${asked} attempts { outcome ${asked} } } } } }`,
        { id: webhookId },
      );
      const nodes: Logged[] = deliveries.edges.map(({ node }: { node: Logged }) => node).reverse();
      if (nodes.every(({ status }) => status !== 'SENDING')) return nodes;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const remove = (id: string) =>
    api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });

  /** What is shown, as bytes on a wire. */
  const wire = ({ method, url, headers, body }: Shown, path = new URL(url ?? '').pathname) =>
    `${method} ${path} HTTP/1.1\r\n${headers?.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
  /** What came, with the values of own headers hidden as they are shown. */
  const hidden = (request: string) =>
    Buffer.from(request.replaceAll(/^(X-Own|x-Other|7|__proto__): .*$/gm, '$1: [redacted]'), 'latin1').toString('utf8');

  it.each(profiles.map(({ name }) => name))(
    'of %s header by header and byte by byte, whatever became of the webhook since',
    async (profile: ProfileName) => {
      code = 200;
      const path = `/first/${profile}`;
      const own = [
        { name: 'X-Own', value: 'its-own-credential' },
        { name: '7', value: 'a number for a name' },
        { name: '__proto__', value: 'anything is a name' },
      ];
      const { id } = await api.webhook(tenant, { url: at(path), profile, headers: own });
      await send();
      const [sent] = await came(path);
      const [first] = await logOf(id);
      const expected = hidden(sent as string);
      const shown = () => logOf(id).then(([delivery]) => delivery?.attempts[0]?.request as Shown);
      const isCredential = profileOf(profile).url.credential === true;
      const check = async () => {
        const request = await shown();
        expect(wire(request, isCredential ? path : undefined)).toBe(expected);
        expect(request.url).toBe(isCredential ? at('/…') : at(path));
        expect(JSON.stringify(request)).not.toContain('its-own-credential');
      };
      expect(first?.request).toEqual(first?.attempts[0]?.request);
      await check();

      await api.data(tenant.key, update, {
        input: { id, url: at(`/second/${profile}`), headers: [{ name: 'x-Other', value: 'another' }] },
      });
      await check();
      if (profileOf(profile).rotation !== 'REFUSED') {
        await api.data(tenant.key, 'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret } }', {
          id,
        });
        await check();
      }
      await send();
      const [second] = await came(`/second/${profile}`);
      const both = await logOf(id);
      const isPing = ({ attempts }: Logged) => attempts[0]?.request?.body?.includes('webhook.ping') ?? false;
      const last = both.filter((delivery) => !isPing(delivery)).at(-1)?.request as Shown;
      expect(wire(last, isCredential ? `/second/${profile}` : undefined)).toBe(hidden(second as string));
      if (profileOf(profile).rotation === 'TWO_SECRETS') {
        await api.data(
          tenant.key,
          'mutation ($id: ID!) { retireWebhookSecret(input: { id: $id }) { webhook { id } } }',
          { id },
        );
      }
      await remove(id);
      await check();
    },
  );

  it('and none where none left', async () => {
    const { id } = await api.webhook(tenant, { url: 'http://127.0.0.1:9/nobody', retrySchedule: [] });
    await send();
    const [delivery] = await logOf(id);
    expect(delivery).toMatchObject({
      status: 'FAILED',
      request: null,
      attempts: [{ outcome: 'CONNECT_ERROR', request: null }],
    });
    await remove(id);
  });

  it('and of those that were sent before it was kept what is known, and nothing else', async () => {
    code = 200;
    const { id } = await api.webhook(tenant, { url: at('/old') });
    await send();
    const [sent] = await came('/old');
    await logOf(id);
    await pool.query(
      `UPDATE attempt SET request_template = NULL, signatures = NULL
        WHERE delivery_id IN (SELECT id FROM delivery WHERE webhook_id = $1)`,
      [id],
    );
    const [delivery] = await logOf(id);
    const body = Buffer.from((sent as string).split('\r\n\r\n')[1] as string, 'latin1').toString('utf8');
    expect(delivery?.attempts[0]?.request).toEqual({ method: 'POST', url: null, headers: null, body });
    await pool.query(`UPDATE attempt SET outcome = 'TIMEOUT' WHERE delivery_id = $1`, [delivery?.id]);
    expect((await logOf(id))[0]?.attempts[0]?.request).toBeNull();
    await remove(id);
  });

  it('and of those that an earlier revision of the profile sent, what that revision sent', async () => {
    code = 200;
    const { id } = await api.webhook(tenant, { url: at('/revised') });
    await send();
    const [sent] = await came('/revised');
    const [now] = await logOf(id);
    const { rows } = await pool.query('SELECT event_id FROM delivery WHERE id = $1', [now?.id]);
    const webhookId = `webhook-id: ${rows[0].event_id}\r\n`;
    expect(sent).toContain(webhookId);
    // Revision 1 of STANDARD sent the delivery's id.
    await pool.query('UPDATE request_template SET revision = 1 WHERE webhook_id = $1', [id]);
    const [before] = await logOf(id);
    const expected = hidden(sent as string).replace(webhookId, `webhook-id: ${now?.id}\r\n`);
    expect(wire(before?.attempts[0]?.request as Shown)).toBe(expected);
    // Of one that nobody knows any more, nothing is invented.
    await pool.query('UPDATE request_template SET revision = 99 WHERE webhook_id = $1', [id]);
    const [unknown] = await logOf(id);
    expect(unknown?.attempts[0]?.request).toEqual({ method: 'POST', url: at('/revised'), headers: null, body: null });
    await remove(id);
  });

  it('with what is the same over requests stored once, and 40 bytes an attempt', async () => {
    code = 200;
    const { id } = await api.webhook(tenant, { url: at('/many') });
    for (let n = 0; n < 5; n++) await send();
    await came('/many', 5);
    await logOf(id);
    const templates = async () =>
      (await pool.query('SELECT number, url FROM request_template WHERE webhook_id = $1 ORDER BY number', [id])).rows;
    expect(await templates()).toEqual([{ number: 1, url: at('/many') }]);
    // Back and forth finds what was, and each change before an attempt is one more.
    for (const path of ['/else', '/many', '/else']) {
      const count = raw.get(path)?.length ?? 0;
      await api.data(tenant.key, update, { input: { id, url: at(path) } });
      await send();
      await came(path, count + 1);
    }
    await logOf(id);
    expect(await templates()).toEqual([
      { number: 1, url: at('/many') },
      { number: 2, url: at('/else') },
    ]);
    const { rows } = await pool.query(
      `SELECT max(pg_column_size(a.*) - pg_column_size(b.*))::int AS bytes
         FROM attempt a, LATERAL (SELECT a.delivery_id, a.number, a.started_at, a.duration_ms, a.outcome, a.response_code,
              a.response_headers, a.response_body, a.response_truncated, a.error, NULL::int AS t, NULL::bytea AS s) AS b
        WHERE octet_length(a.signatures) = 32`,
    );
    expect(rows[0].bytes).toBeLessThanOrEqual(40);
    await remove(id);
  });

  it('until the log is pruned: then what only older requests were made by goes as well', async () => {
    const { id } = await api.webhook(tenant, {});
    for (let number = 2; number <= 9; number++) {
      await pool.query(
        `INSERT INTO request_template (webhook_id, number, revision, url, header_names, user_agent, created_at)
         VALUES ($1, $2, 1, 'https://example.com/', '{}', 'Everhook/test', now() - (20 - $2::int) * interval '1 day')`,
        [id, number],
      );
    }
    // Those of 15 days ago and before are older than what is kept; their place was taken by four newer ones.
    await pool.query(pruneTemplates, [new Date(Date.now() - 13 * 86_400_000 + 60_000)]);
    const { rows } = await pool.query('SELECT number FROM request_template WHERE webhook_id = $1 ORDER BY 1', [id]);
    expect(rows.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    await remove(id);
  });
});
