import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connected } from '../../../local/connected.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { type OidcProvider, startOidcProvider } from '../../support/oidcProvider.ts';
import { clientSecret, issuerOf, pairsOf, upToCallback } from '../../support/oidcSignIn.ts';
import { call, type RawAnswer } from '../../support/rawHttp.ts';

const host = 'hooks.example.com';
const publicUrl = `https://${host}`;
const own = { host, origin: publicUrl, 'sec-fetch-site': 'same-origin' };

/** The installation is behind a proxy that ends TLS: here, what that sends on. */
describe('signing in by an issuer, when somebody attacks it', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let harbour: OidcProvider;
  let canal: OidcProvider;

  beforeAll(async () => {
    const client = (name: string) => ({
      clientId: 'everhook',
      clientSecret,
      redirectUris: [`${publicUrl}/session/callback/${name}`],
    });
    [harbour, canal] = await Promise.all([
      startOidcProvider(client('harbour')),
      startOidcProvider(client('canal'), { signOut: false }),
    ]);
    api = await TestApi.start({
      publicUrl,
      issuers: [issuerOf('harbour', 'Harbour ID', harbour.url), issuerOf('canal', 'Canal Login', canal.url)],
    });
    api.sentinels.add(clientSecret);
    tenant = await api.tenant();
  });
  afterAll(async () => {
    await Promise.all([harbour?.close(), canal?.close()]);
    for (const provider of [harbour, canal]) for (const token of provider?.given ?? []) api.sentinels.add(token);
    await api?.close();
  });
  beforeEach(() => {
    for (const provider of [harbour, canal]) {
      Object.assign(provider, { tamper: null, forge: null, instead: null });
      provider.people.set('kim', { name: 'Kim Crane' });
      provider.people.set('mallory', { name: 'Mallory' });
    }
  });

  const here = (callback: string): string => callback.replace(publicUrl, api.url);
  const come = (callback: string, cookie: string): Promise<RawAnswer> =>
    call(here(callback), { headers: { host, cookie } });
  const begin = async (issuer = 'harbour', more: { login?: string; back?: string; cookie?: string } = {}) => {
    const came = await upToCallback({ url: api.url, host }, issuer, more);
    for (const pair of pairsOf(came.begun)) api.sentinels.add(pair.split('=')[1]);
    return came;
  };
  /** The session's cookie that an answer sets; null if it sets none. */
  const sessionIn = (answer: RawAnswer): string | null => {
    const pair = pairsOf(answer).find((each) => each.startsWith('__Host-everhook=ehs_')) ?? null;
    api.sentinels.add(pair?.split('=')[1]);
    return pair;
  };
  /** Why an answer lets nobody in. */
  const failureIn = (answer: RawAnswer): string | null => {
    expect(sessionIn(answer)).toBeNull();
    const [at, said] = String(answer.headers.location).split('#');
    expect(at).toBe(`${publicUrl}/`);
    return new URLSearchParams(said).get('signin');
  };
  const viewer = async (cookie: string): Promise<string> => {
    const { body } = await call(`${api.url}/graphql`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json', cookie },
      body: '{"query":"{ viewer { id } }"}',
    });
    const { data, errors } = JSON.parse(body);
    return data?.viewer.id ?? errors[0].message;
  };

  it('keeps what a browser must bring back in a cookie that no other host can set, and that no script reads', async () => {
    const { begun } = await begin();
    expect(begun.setCookie).toHaveLength(1);
    expect(begun.setCookie[0]).toMatch(
      /^__Host-everhook-sign-in-[\w-]{10}=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/,
    );
    expect(begun.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('signs nobody in by a sign-in that somebody else began, also where their cookie was planted beside the own one', async () => {
    const theirs = await begin('harbour', { login: 'mallory' });
    const mine = await begin();
    expect(failureIn(await come(theirs.callback, mine.cookies))).toBe('USED');
    // A host of the same domain can set a cookie of this name without the prefix, and no other.
    const planted = theirs.cookies.replace('__Host-', '__Secure-');
    expect(failureIn(await come(theirs.callback, planted))).toBe('USED');
    expect(failureIn(await come(mine.callback, `${mine.cookies}; ${mine.cookies}x`))).toBe('USED');
    expect(await viewer(sessionIn(await come(mine.callback, mine.cookies)) ?? '')).toBe(`${harbour.url}#kim`);
  });

  it.each([
    '//evil.example/a',
    '/\\evil.example',
    '/x/..//evil.example/a',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    '/\t/evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'evil.example',
  ])('leads to no other site afterwards, though it began with %j to come back to', async (back) => {
    const { callback, cookies } = await begin('harbour', { back });
    const answer = await come(callback, cookies);
    expect(sessionIn(answer)).not.toBeNull();
    expect(answer.headers.location).toBe(`${publicUrl}/`);
  });

  it('leads to the first page where the address to come back to is too long', async () => {
    const { callback, cookies } = await begin('harbour', { back: `/${'x'.repeat(1_000)}` });
    expect((await come(callback, cookies)).headers.location).toBe(`${publicUrl}/`);
  });

  it('leads back to the page, with its query', async () => {
    const { callback, cookies } = await begin('harbour', { back: '/o/1/deliveries?status=FAILED&q=%2F%2Fevil' });
    const { headers } = await come(callback, cookies);
    expect(headers.location).toBe(`${publicUrl}/o/1/deliveries?status=FAILED&q=%2F%2Fevil`);
  });

  it('takes the answer of one issuer for no other’s: by its address, and by what the answer says of itself', async () => {
    const before = harbour.asked.authorization_code;
    for (const iss of [canal.url, 'https://evil.example', null]) {
      const { callback, cookies } = await begin();
      const mixed = new URL(callback);
      expect(mixed.searchParams.get('iss')).toBe(harbour.url);
      if (iss === null) mixed.searchParams.delete('iss');
      else mixed.searchParams.set('iss', iss);
      expect(failureIn(await come(mixed.href, cookies))).toBe('INVALID');
    }
    // The code was shown to nobody.
    expect(harbour.asked.authorization_code).toBe(before);
    const { callback, cookies } = await begin();
    expect(failureIn(await come(callback.replace('/harbour?', '/canal?'), cookies))).toBe('USED');
    expect(canal.asked.authorization_code).toBe(0);
  });

  it.each(['another key', 'none', 'the client’s secret'] as const)(
    'refuses a token that is signed by %s',
    async (forge) => {
      harbour.forge = forge;
      const { callback, cookies } = await begin();
      expect(failureIn(await come(callback, cookies))).toBe('INVALID');
    },
  );

  it.each([
    ['for several audiences, and meant for another one', { aud: ['everhook', 'another'], azp: 'another' }],
    ['for another one', { aud: ['another'] }],
    ['of nobody', { sub: '' }],
    ['of somebody whose name breaks a line', { sub: 'kim\nadmin' }],
    ['of another issuer', { iss: 'https://evil.example' }],
  ])('refuses a token %s', async (_, claims) => {
    harbour.tamper = (before) => ({ ...before, ...claims });
    const { callback, cookies } = await begin();
    expect(failureIn(await come(callback, cookies))).toBe('INVALID');
  });

  it('opens a session of its own, whatever cookie the browser brought; the one before is over', async () => {
    const first = await begin();
    const one = sessionIn(await come(first.callback, first.cookies)) ?? '';
    const second = await begin('canal', { cookie: one });
    const other = sessionIn(await come(second.callback, `${second.cookies}; ${one}`)) ?? '';
    expect(await viewer(other)).toBe(`${canal.url}#kim`);
    expect(await viewer(one)).toContain('was signed out');
    const planted = `__Host-everhook=ehs_${'A'.repeat(43)}`;
    const third = await begin('harbour', { cookie: planted });
    const fresh = sessionIn(await come(third.callback, `${third.cookies}; ${planted}`)) ?? '';
    expect(fresh).not.toBe(planted);
    expect(await viewer(planted)).toContain('not valid');
    const byKey = await call(`${api.url}/session`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json', cookie: planted },
      body: JSON.stringify({ credential: tenant.key }),
    });
    expect(sessionIn(byKey)).not.toBe(planted);
  });

  it('begins from another site’s link, but takes nobody’s session away for it', async () => {
    const { callback, cookies } = await begin();
    const session = sessionIn(await come(callback, cookies)) ?? '';
    const led = async (site: string, cookie: string) => {
      const asked = `${api.url}/session/start?issuer=canal&back=%2Fo%2F1`;
      const { headers } = await call(asked, { headers: { host, cookie, 'sec-fetch-site': site } });
      return new URL(String(headers.location)).origin;
    };
    for (const site of ['cross-site', 'same-site']) {
      expect(await led(site, session)).toBe(publicUrl);
      expect(await led(site, '')).toBe(canal.url);
    }
    // Somebody on our own page may well become somebody else.
    expect(await led('same-origin', session)).toBe(canal.url);
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
  });

  const signedIn = async () => {
    const { callback, cookies } = await begin();
    return sessionIn(await come(callback, cookies)) ?? '';
  };
  /** Time that passes for the sessions, as their table has it. */
  const later = async (minutes: number, more = '') => {
    await connected(api.database.url, (client) =>
      client.query(`UPDATE session SET checked_at = now() - interval '${minutes} minutes'${more}`),
    );
    api.service.services.sessions.forget(() => true);
  };
  /** The issuer was asked, and the session's turn is over. */
  const asked = () =>
    expect
      .poll(() =>
        connected(api.database.url, async (client) => {
          const { rows } = await client.query('SELECT FROM session WHERE checking_until IS NOT NULL');
          return rows.length;
        }),
      )
      .toBe(0);

  it('does not go on with a refreshed token of somebody else', async () => {
    const session = await signedIn();
    harbour.tamper = (before) => ({ ...before, sub: 'mallory' });
    await later(16);
    expect(await viewer(session)).toContain('could not be asked');
  });

  it('goes on with the token that was given, though what was asked after it failed: the one before is spent', async () => {
    const session = await signedIn();
    let times = 0;
    harbour.instead = (path) => (path === '/me' && ++times === 1 ? 503 : null);
    await later(14);
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
    await expect.poll(() => times).toBe(1);
    await asked();
    await later(16);
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
  });

  it.each([
    ['a page that is not there', '/token', 404],
    ['a page of maintenance', '/token', 302],
    ['a wall before it', '/me', 403],
    ['a fault in our registration', '/token', 401],
  ])('goes on while the issuer’s place is taken by %s', async (_, at, status) => {
    const session = await signedIn();
    let times = 0;
    harbour.instead = (path) => {
      if (path !== at) return null;
      times += 1;
      return status;
    };
    await later(14);
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
    await expect.poll(() => times).toBe(1);
    await asked();
    harbour.instead = null;
    await later(16);
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
  });

  it('ends at once when the issuer says no to the person', async () => {
    const session = await signedIn();
    harbour.people.delete('kim');
    await later(16);
    expect(await viewer(session)).toContain('has ended this session');
  });

  it('is confirmed by another process where the one that asked has died meanwhile', async () => {
    const session = await signedIn();
    await later(16, ", checking_until = now() + interval '1 second'");
    expect(await viewer(session)).toBe(`${harbour.url}#kim`);
  });

  it('keeps as many sign-ins under way as every proxy takes, the latest ones', async () => {
    let jar: string[] = [];
    const back = `/o/1/deliveries?contains=${'y'.repeat(700)}`;
    for (let made = 0; made < 12; made++) {
      const { headers, setCookie } = await call(
        `${api.url}/session/start?${new URLSearchParams({ issuer: 'harbour', back })}`,
        { headers: { host, cookie: jar.join('; ') } },
      );
      expect(headers.location).toContain(harbour.url);
      const gone = setCookie.filter((each) => each.endsWith('Max-Age=0')).map((each) => each.split('=')[0]);
      const added = setCookie.filter((each) => !each.endsWith('Max-Age=0')).map((each) => each.split(';')[0] ?? '');
      expect(added).toHaveLength(1);
      jar = [...jar.filter((each) => !gone.includes(each.split('=')[0])), ...added];
      expect(jar.join('; ').length).toBeLessThan(4_100);
    }
    expect(jar.length).toBeGreaterThan(1);
    for (const pair of jar) api.sentinels.add(pair.split('=')[1]);
  });
});

describe('signing in too often', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let harbour: OidcProvider;

  beforeAll(async () => {
    harbour = await startOidcProvider({
      clientId: 'everhook',
      clientSecret,
      redirectUris: [`${publicUrl}/session/callback/harbour`],
    });
    api = await TestApi.start({
      publicUrl,
      trustedProxies: ['127.0.0.0/8'],
      issuers: [issuerOf('harbour', 'Harbour ID', harbour.url)],
    });
    tenant = await api.tenant();
  });
  afterAll(async () => {
    await harbour?.close();
    await api?.close();
  });

  const from = (address: string, more: Record<string, string> = {}) => ({
    ...own,
    'x-forwarded-for': address,
    'content-type': 'application/json',
    ...more,
  });
  const enter = (address: string, credential: string) =>
    call(`${api.url}/session`, { method: 'POST', headers: from(address), body: JSON.stringify({ credential }) });
  const read = (address: string, token: string) =>
    call(`${api.url}/session`, { headers: from(address, { cookie: `__Host-everhook=${token}` }) });
  const messageIn = ({ body }: RawAnswer) => JSON.parse(body).errors?.[0]?.message;
  const tooMany = /^Too many attempts with invalid keys\. Try again in \d+ s\.$/;

  it('with wrong keys is refused with what to do, and nobody at another address, nor a session that is open, feels it', async () => {
    const open = await enter('203.0.113.5', tenant.key);
    const cookie = pairsOf(open)[0] ?? '';
    api.sentinels.add(cookie.split('=')[1]);
    // The first one shows that the cookie has arrived.
    for (const _ of [1, 2]) expect((await read('203.0.113.5', cookie.split('=')[1] ?? '')).status).toBe(200);
    const answers: RawAnswer[] = [];
    for (let tries = 0; tries < 90; tries++) answers.push(await enter('203.0.113.5', `wrong-key-${tries}`));
    expect(answers[0]?.status).toBe(401);
    const [last] = answers.slice(-1);
    expect(last?.status).toBe(429);
    expect(messageIn(last as RawAnswer)).toMatch(tooMany);
    expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await read('203.0.113.5', cookie.split('=')[1] ?? '')).status).toBe(200);
    expect((await enter('203.0.113.6', tenant.key)).status).toBe(201);
  });

  it('with invented cookies is refused as well, also where the page only asks whether it has a session', async () => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 90; tries++) {
      statuses.push((await read('203.0.113.7', `ehs_${String(tries).padStart(43, 'x')}`)).status);
    }
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
  });

  it('does not count the calls of pages whose session has ended', async () => {
    const open = await enter('203.0.113.8', tenant.key);
    const token = pairsOf(open)[0]?.split('=')[1] ?? '';
    api.sentinels.add(token);
    await api.service.services.sessions.end(JSON.parse(open.body).session.id, 'ENDED');
    const answers: RawAnswer[] = [];
    for (let calls = 0; calls < 90; calls++) {
      answers.push(
        await call(`${api.url}/graphql`, {
          method: 'POST',
          headers: from('203.0.113.8', { cookie: `__Host-everhook=${token}` }),
          body: '{"query":"{ viewer { id } }"}',
        }),
      );
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(JSON.parse((await read('203.0.113.8', token)).body)).toMatchObject({ session: null, ended: 'ENDED' });
  });

  it('by an issuer leads to the page that says so, without the issuer being asked', async () => {
    const leads = async () => {
      const { headers } = await call(`${api.url}/session/callback/harbour?state=abc&code=def`, {
        headers: from('203.0.113.9'),
      });
      return new URLSearchParams(String(headers.location).split('#')[1]).get('signin');
    };
    const seen = new Set<string | null>();
    for (let replays = 0; replays < 310; replays++) seen.add(await leads());
    expect([...seen]).toEqual(['USED', 'TOO_MANY']);
    expect(harbour.asked.authorization_code).toBe(0);
  });
});
