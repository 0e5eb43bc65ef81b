import { createServer } from 'node:net';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import { accessibilityProblems } from '../../support/dashboard.ts';
import { type OidcProvider, startOidcProvider } from '../../support/oidcProvider.ts';
import { clientSecret, issuerOf, upToCallback } from '../../support/oidcSignIn.ts';
import { call } from '../../support/rawHttp.ts';
import { slowness } from '../../support/slowness.ts';

/** A port that is free now. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

describe('signing in by OpenID Connect', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let harbour: OidcProvider;
  let canal: OidcProvider;
  let browsing: Browsing;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const client = (name: string) => ({
      clientId: 'everhook',
      clientSecret,
      redirectUris: [`${url}/session/callback/${name}`],
      signedOutUris: [`${url}/`],
    });
    [harbour, canal, browsing] = await Promise.all([
      startOidcProvider(client('harbour')),
      startOidcProvider(client('canal'), { signOut: false }),
      openChromium(),
    ]);
    await browsing.context.route('**/fonts.googleapis.com/**', (route) => route.abort());
    // The organization is named by its external id, which it gets when it is made.
    const rules = (role: 'ADMIN' | 'VIEWER', group: string) => ({
      for: { group },
      organization: 'harbour-robotics',
      project: null,
      role,
    });
    api = await TestApi.start(
      {
        port,
        publicUrl: url,
        issuers: [
          issuerOf('harbour', 'Harbour ID', harbour.url, {
            roles: [rules('ADMIN', 'crane-drivers'), rules('VIEWER', 'visitors')],
          }),
          issuerOf('canal', 'Canal Login', canal.url),
        ],
      },
      { heartbeatMs: 300 },
    );
    api.sentinels.add(clientSecret);
    tenant = await api.tenant();
    await api.data(
      operatorKey,
      'mutation ($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
      { i: { id: tenant.organizationId, externalId: 'harbour-robotics' } },
    );
  });
  afterAll(async () => {
    await browsing?.close();
    await Promise.all([harbour?.close(), canal?.close()]);
    for (const provider of [harbour, canal]) for (const token of provider?.given ?? []) api.sentinels.add(token);
    await api?.close();
  });
  beforeEach(async () => {
    await browsing.context.clearCookies();
    harbour.tamper = null;
    harbour.away = false;
    harbour.people.clear();
    harbour.people.set('kim', { name: 'Kim Crane', email: 'kim@harbour.example', groups: ['crane-drivers'] });
    canal.people.set('kim', { name: 'Kim Crane', email: 'kim@harbour.example', groups: ['crane-drivers'] });
  });

  const button = (page: Page, label = 'Harbour ID') => page.getByRole('link', { name: `Sign in with ${label}` });
  /** At the issuer: says who one is. */
  const identify = async (page: Page, login: string) => {
    await page.getByPlaceholder('Enter any login').fill(login);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  };
  const enter = async (path = '/', login = 'kim', label = 'Harbour ID') => {
    const page = await browsing.context.newPage();
    await page.goto(`${url}${path}`);
    await button(page, label).click();
    await identify(page, login);
    return page;
  };
  /** Signs in without a browser, up to the address that the issuer leads back to, which is not opened. */
  async function comeBack(): Promise<{ callback: string; cookies: string }> {
    const came = await upToCallback({ url }, 'harbour');
    api.sentinels.add(new URL(came.callback).searchParams.get('code'));
    for (const each of came.begun.setCookie) api.sentinels.add(each.split(';')[0]?.split('=')[1]);
    return came;
  }
  const webhooks = (page: Page) => page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  const live = (page: Page) => page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
  const cookieOf = async () => {
    const cookie = (await browsing.context.cookies(url)).find(({ name }) => /^everhook-\d+$/.test(name));
    api.sentinels.add(cookie?.value);
    return cookie ? `${cookie.name}=${cookie.value}` : '';
  };
  /** What the API of a process says of the browser's session. */
  const asked = async (at = url, cookie?: string) => {
    const answer = await call(`${at}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
        host: new URL(url).host,
        cookie: cookie ?? (await cookieOf()),
      },
      body: JSON.stringify({ query: '{ viewer { id kind role } }' }),
    });
    const { data, errors } = JSON.parse(answer.body);
    return data?.viewer ?? errors[0].message;
  };
  const age = async (minutes: number) => {
    const client = new pg.Client({ connectionString: api.database.url });
    await client.connect();
    await client.query('UPDATE session SET checked_at = checked_at - make_interval(mins => $1)', [minutes]);
    await client.end();
    api.service.services.sessions.forget(() => true);
  };

  test('leads to the issuer and back to the same page, makes a member with the role of their group, and lasts', async () => {
    const first = await browsing.context.newPage();
    await first.goto(url);
    await button(first).waitFor();
    await button(first, 'Canal Login').waitFor();
    await first.getByLabel('Operator key, API key or JWT').waitFor();
    expect(await accessibilityProblems(first)).toEqual([]);
    await first.close();
    const page = await enter(`/o/${tenant.organizationId}/deliveries?status=FAILED`);
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=FAILED');
    expect(await asked()).toEqual({ id: `${harbour.url}#kim`, kind: 'USER', role: 'ADMIN' });
    await page.reload();
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    const { members, auditEvents } = await api.data(
      tenant.key,
      `query ($id: ID!) {
        members(organizationId: $id) { edges { node { userId name role issuer } } }
        auditEvents(organizationId: $id, actions: [MEMBER_ADDED]) { edges { node { principalId after } } }
      }`,
      { id: tenant.organizationId },
    );
    expect(members.edges).toEqual([
      { node: { userId: `${harbour.url}#kim`, name: 'Kim Crane', role: 'ADMIN', issuer: harbour.url } },
    ]);
    expect(auditEvents.edges[0].node).toMatchObject({
      principalId: `${harbour.url}#kim`,
      after: { role: 'ADMIN', issuer: 'harbour' },
    });
    // Whoever manages members sees by whose rules, and what a change here does to that.
    await page.goto(`${url}/o/${tenant.organizationId}/settings?tab=members`);
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Kim Crane' }) });
    const issuer = new URL(harbour.url).host;
    await row.first().getByText(`by the rules of ${issuer}`).waitFor();
    await row.first().getByRole('button', { name: 'Change' }).click();
    await page.getByRole('dialog').getByText(`The rules of ${issuer} gave this role`).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });

  test('takes the same sub, name and address of two issuers for two people, and neither for the user of a token', async () => {
    const one = await enter();
    await webhooks(one);
    expect(await asked()).toMatchObject({ id: `${harbour.url}#kim`, role: 'ADMIN' });
    await one.close();
    await browsing.context.clearCookies();
    const other = await enter('/', 'kim', 'Canal Login');
    // Their group is called the same, but no rule of their issuer is for it.
    await other.getByRole('heading', { name: 'No organization knows you yet' }).waitFor();
    expect(await asked()).toEqual({ id: `${canal.url}#kim`, kind: 'USER', role: null });
    await other.close();
  });

  test('works in two tabs that begin at once; what is opened twice, and Back, lead on', async () => {
    const [one, two] = [await browsing.context.newPage(), await browsing.context.newPage()];
    const callbacks: string[] = [];
    browsing.context.on('request', (request) => {
      if (request.url().includes('/session/callback/')) callbacks.push(request.url());
    });
    await Promise.all([one.goto(url), two.goto(`${url}/o/${tenant.organizationId}/deliveries`)]);
    await Promise.all([button(one).click(), button(two).click()]);
    await Promise.all([one, two].map((page) => page.getByPlaceholder('Enter any login').waitFor()));
    await identify(one, 'kim');
    await webhooks(one);
    await identify(two, 'kim');
    await two.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    expect(callbacks).toHaveLength(2);
    // Twice: there is a session, so it leads on.
    await one.goto(callbacks[0] as string);
    await webhooks(one);
    await one.goBack().catch(() => null);
    expect(await asked()).toMatchObject({ kind: 'USER' });
    // And where there is none, to a page that says what to do.
    await browsing.context.clearCookies();
    const answer = await one.goto(callbacks[1] as string);
    expect(answer?.status()).toBe(200);
    await one.getByText('This sign-in was used already, or took too long. Begin again.').waitFor();
    await button(one).waitFor();
    expect(one.url()).not.toContain('signin');
    await Promise.all([one.close(), two.close()]);
  });

  test('lets nobody in with a state, a code or a cookie that is not theirs', async () => {
    const { callback, cookies } = await comeBack();
    const host = new URL(url).host;
    const come = (to: string, cookie: string) => call(to, { headers: { host, cookie } });
    const failed = async (to: string, cookie: string) => {
      const { status, headers, setCookie } = await come(to, cookie);
      expect(setCookie.filter((each) => each.includes('=ehs_'))).toEqual([]);
      return { status, to: String(headers.location).split('#')[1]?.split('&')[0] };
    };
    // Of another browser, with another state, at another issuer's address.
    expect(await failed(callback, '')).toEqual({ status: 303, to: 'signin=USED' });
    const changed = new URL(callback);
    changed.searchParams.set('state', `${changed.searchParams.get('state')?.slice(0, -1)}_`);
    expect(await failed(changed.href, cookies)).toEqual({ status: 303, to: 'signin=INVALID' });
    expect(await failed(callback.replace('/harbour?', '/canal?'), cookies)).toEqual({ status: 303, to: 'signin=USED' });
    expect(await failed(callback.replace('/harbour?', '/nobody?'), cookies)).toEqual({
      status: 303,
      to: 'signin=UNKNOWN',
    });
    const good = await come(callback, cookies);
    expect(good.setCookie.filter((each) => each.includes('=ehs_'))).toHaveLength(1);
    // The code is spent.
    expect(await failed(callback, cookies)).toEqual({ status: 303, to: 'signin=DENIED' });
  });

  test('refuses tokens for others, expired ones and those of other clocks, and says so; seconds are forgiven', async () => {
    const now = () => Math.floor(Date.now() / 1_000);
    // The claims are made when the token is: on a busy machine people take longer to get there than is forgiven.
    const tampered = async (claims: () => object): Promise<Page> => {
      await browsing.context.clearCookies();
      harbour.tamper = (before) => ({ ...before, ...claims() });
      return enter();
    };
    for (const [claims, said] of [
      [() => ({ aud: 'another-client' }), 'does not hold'],
      [() => ({ iss: 'https://evil.example' }), 'does not hold'],
      [() => ({ nonce: 'another' }), 'does not hold'],
      [() => ({ exp: now() - 600 }), 'The clocks differ'],
      [() => ({ iat: now() + 600 }), 'The clocks differ'],
      [() => ({ nbf: now() + 600 }), 'The clocks differ'],
    ] as const) {
      const page = await tampered(claims);
      const notice = page.getByRole('note').or(page.getByRole('alert')).filter({ hasText: said });
      await notice.waitFor();
      if (said === 'The clocks differ') expect((await notice.textContent())?.match(/\d{1,2}:\d{2}/g)).toHaveLength(2);
      await page.close();
    }
    for (const claims of [() => ({ iat: now() + 3, nbf: now() + 3 }), () => ({ exp: now() - 3 })]) {
      const page = await tampered(claims);
      await webhooks(page);
      await page.close();
    }
    const lines = api.log.filter((line) => line.includes('the clocks differ'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines[0]).toMatch(/\d{4}-\d\d-\d\dT[^ ]+, and it is \d{4}-\d\d-\d\dT/);
  });

  test('holds what the issuer takes away at the next check: a role, and the person', async () => {
    const page = await enter();
    await webhooks(page);
    await page.getByRole('button', { name: 'New webhook' }).first().waitFor();
    harbour.people.set('kim', { name: 'Kim Crane', groups: ['visitors'] });
    await age(9);
    expect(await asked()).toMatchObject({ role: 'ADMIN' });
    // Asked without anybody waiting, after ten minutes.
    await age(2);
    await expect.poll(asked).toMatchObject({ role: 'VIEWER' });
    harbour.people.set('kim', { name: 'Kim Crane', groups: [] });
    await age(16);
    expect(await asked()).toMatchObject({ role: null });
    harbour.people.set('kim', { name: 'Kim Crane', groups: ['crane-drivers'] });
    await age(16);
    expect(await asked()).toMatchObject({ role: 'ADMIN' });
    harbour.people.delete('kim');
    await page.reload();
    await live(page);
    await age(16);
    // The page's socket is asked, too.
    await page.getByText('You were signed out: your identity provider has ended this session.').waitFor();
    await page.close();
  });

  test('goes on while the issuer is away, for a quarter of an hour, and then ends with words', async () => {
    const page = await enter();
    await webhooks(page);
    await live(page);
    const cookie = await cookieOf();
    harbour.away = true;
    await age(12);
    expect(await asked()).toMatchObject({ role: 'ADMIN' });
    await age(4);
    await page.getByText('You were signed out: your identity provider could not be asked for 15 minutes.').waitFor();
    expect(await asked(url, cookie)).toContain('could not be asked for too long');
    await button(page).click();
    await page.getByText('Harbour ID does not answer.').waitFor();
    harbour.away = false;
    await button(page).click();
    await webhooks(page);
    await page.close();
  });

  test('is asked of the issuer by one process at a time', async () => {
    const page = await enter();
    await webhooks(page);
    await page.close();
    const others = await Promise.all([api.process(), api.process()]);
    try {
      const cookie = await cookieOf();
      await asked(others[0]?.url, cookie);
      const before = harbour.asked.refresh_token;
      await age(16);
      // The others have cached what was before, for 4 s at most.
      const answers = await Promise.all(
        [url, ...others.map((other) => other.url)].flatMap((at) => [asked(at, cookie), asked(at, cookie)]),
      );
      expect(new Set(answers.map((answer) => answer.role))).toEqual(new Set(['ADMIN']));
      expect(harbour.asked.refresh_token - before).toBe(1);
    } finally {
      await Promise.all(others.map((other) => other.close()));
    }
  });

  test('ended in one process is refused in the others within 5 s', async () => {
    const page = await enter();
    await webhooks(page);
    const other = await api.process();
    try {
      const cookie = await cookieOf();
      expect(await asked(other.url, cookie)).toMatchObject({ kind: 'USER' });
      const endedAt = performance.now();
      await page.getByRole('button', { name: 'Account' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await expect.poll(() => asked(other.url, cookie), { timeout: 30_000, interval: 100 }).toContain('signed out');
      expect(performance.now() - endedAt).toBeLessThan(5_500 * (await slowness()));
    } finally {
      await other.close();
      await page.close();
    }
  });

  test('signs out at the issuer as well, also where its token is long; where it cannot, it says what the issuer keeps', async () => {
    const signOut = async (page: Page) => {
      await page.getByRole('button', { name: 'Account' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
    };
    for (const tamper of [null, (claims: object) => ({ ...claims, photo: 'x'.repeat(18_000) })]) {
      await browsing.context.clearCookies();
      harbour.tamper = tamper;
      const page = await enter();
      await webhooks(page);
      const leaving = page.waitForRequest((request) => request.url().includes('/session/end'));
      await signOut(page);
      const left = (await leaving).url();
      expect(left.length).toBeLessThan(2_000);
      expect(new URL(left).searchParams.has('id_token_hint')).toBe(tamper === null);
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Everhook' }).waitFor();
      expect(await cookieOf()).toBe('');
      // The issuer asks anew.
      await button(page).click();
      await page.getByPlaceholder('Enter any login').waitFor();
      await page.close();
    }
    const page = await enter('/', 'kim', 'Canal Login');
    await page.getByRole('heading', { name: 'No organization knows you yet' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out here. Canal Login still keeps you signed in').waitFor();
    await page.close();
  });
});
