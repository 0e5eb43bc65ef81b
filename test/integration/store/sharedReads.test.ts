import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number) => new Date(midnight - days * day).toISOString();
const stats = (name: string, days: number, fields = 'total', bucket = 'DAY', to = 0) =>
  `${name}: deliveryStats(bucket: ${bucket}, from: "${at(to + days)}", to: "${at(to)}") { ${fields} }`;
const range = (length: number) => Array.from({ length }, (_, index) => index);

describe('reading is shared among organizations', () => {
  let api: TestApi;
  let greedy: TestTenant;
  let modest: TestTenant;
  let link: string;

  beforeAll(async () => {
    api = await TestApi.start();
    greedy = await api.tenant();
    modest = await api.tenant();
    const made = await api.data(
      greedy.key,
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
      { input: { projectId: greedy.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    link = made.createPortalLink.token;
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => api.close());

  /** Texts of the statements that are sent meanwhile. */
  function statements(): string[] {
    const texts: string[] = [];
    const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
      const [config] = given as [string | { text: string }];
      texts.push(typeof config === 'string' ? config : config.text);
      return query.apply(this, given);
    } as never);
    return texts;
  }

  it.each([
    ['deliveries', `deliveries(first: 1) { edges { cursor } }`, 40],
    ['statistics', stats('s', 100).slice(3), 8],
    ['webhooks that are not there', 'webhook(id: "019e2b6c-5f0a-7c31-9d53-0c5b6f1a7e20") { id }', 40],
  ])('whoever asks for hundreds of %s at once waits for itself, and others do not', async (_what, field, aliases) => {
    const ended: string[] = [];
    const query = (nth: number) => {
      const fields = range(aliases).map((index) => `a${index}: ${field}`);
      // Statistics that are asked for twice are counted once.
      if (field.startsWith('deliveryStats'))
        fields.splice(0, aliases, ...range(aliases).map((to) => stats(`a${to}`, 90, 'total', 'DAY', nth + to)));
      return `{ ${fields.join(' ')} }`;
    };
    const attack = range(16).map((nth) => api.ask(link, query(nth)).then(() => ended.push('greedy')));
    // The attack is under way once the first of it has come to its end.
    await Promise.race(attack);
    const answers = await Promise.all(
      range(3).map(async () => {
        const answer = await api.ask(modest.key, '{ deliveries(first: 5) { edges { node { id } } } }');
        ended.push('modest');
        return answer;
      }),
    );
    await Promise.all(attack);
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(ended.lastIndexOf('modest')).toBeLessThan(14);
  });

  it('statistics cost what they answer and what they read: 50 times a year is refused before anything is read', async () => {
    expect(
      await api.refusal(
        link,
        `{ ${range(50)
          .map((index) => stats(`s${index}`, 399))
          .join(' ')} }`,
      ),
    ).toEqual({
      code: 'LIMIT_EXCEEDED',
    });
    const all = `from total pending sending retrying delivered failed cancelled successRate responseTimeP50 responseTimeP95`;
    await api.data(link, `{ ${stats('s', 1, all, 'MINUTE')} }`);
    await api.data(link, `{ ${stats('s', 31, all, 'HOUR')} }`);
    await api.data(link, `{ ${stats('s', 400, all)} }`);
  });

  it('statistics that one operation asks for several times are counted once', async () => {
    const texts = statements();
    await api.data(
      link,
      `{ ${range(5)
        .map((index) => stats(`s${index}`, 30))
        .join(' ')} }`,
    );
    expect(texts.filter((text) => text.includes('delivery_hour'))).toHaveLength(1);
  });

  it('what is open is counted once for each webhook, project or organization that one operation names', async () => {
    const texts = statements();
    const aliases = range(100).map((index) => `a${index}: openDeliveries { pending }`);
    const other = `b: openDeliveries(projectId: "${greedy.projectId}") { pending }`;
    await api.data(greedy.key, `{ ${aliases.join(' ')} ${other} }`);
    expect(texts.filter((text) => text.includes('looked AS'))).toHaveLength(2);
  });

  it('what is open is counted one count at a time for an organization, whatever it asks for', async () => {
    const webhooks = await Promise.all(range(4).map(() => api.webhook(greedy)));
    let running = 0;
    let most = 0;
    const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
      const [config] = given as [string | { text?: string }];
      if (typeof config === 'string' || !config.text?.includes('looked AS')) return query.apply(this, given);
      // The pool asks with a callback.
      const answered = given.at(-1) as (...result: unknown[]) => void;
      running += 1;
      most = Math.max(most, running);
      return query.apply(this, [
        ...given.slice(0, -1),
        (...result: unknown[]) => {
          running -= 1;
          answered(...result);
        },
      ]);
    } as never);
    const fields = webhooks.map(({ id }, index) => `a${index}: openDeliveries(webhookId: "${id}") { pending }`);
    await Promise.all(range(4).map(() => api.data(greedy.key, `{ ${fields.join(' ')} }`)));
    expect(most).toBe(1);
  });
});
