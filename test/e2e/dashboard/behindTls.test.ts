import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import { firstOfSocket, receiverAnswering, signOut } from '../../support/dashboard.ts';
import { type OidcProvider, startOidcProvider } from '../../support/oidcProvider.ts';
import { clientSecret, issuerOf, pairsOf, upToCallback } from '../../support/oidcSignIn.ts';
import { call } from '../../support/rawHttp.ts';
import { type Telling, type TlsProxy, tlsProxy } from '../../support/tlsProxy.ts';

const host = 'hooks.harbour.test';
const sibling = 'evil.harbour.test';

describe('the dashboard behind a proxy that ends TLS', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let proxy: TlsProxy;
  let harbour: OidcProvider;
  let browsing: Browsing;
  let url: string;

  beforeAll(async () => {
    proxy = await tlsProxy();
    url = `https://${host}:${proxy.port}`;
    [harbour, browsing] = await Promise.all([
      startOidcProvider({
        clientId: 'everhook',
        clientSecret,
        redirectUris: [`${url}/session/callback/harbour`],
        signedOutUris: [`${url}/`],
      }),
      openChromium({ takesAnyCertificate: true }),
    ]);
    await browsing.context.route('**/fonts.googleapis.com/**', (route) => route.abort());
    const roles = [
      { for: { everyone: true }, organization: 'harbour-robotics', project: null, role: 'ADMIN' },
    ] as const;
    api = await TestApi.start({
      publicUrl: url,
      trustedProxies: ['127.0.0.0/8'],
      issuers: [issuerOf('harbour', 'Harbour ID', harbour.url, { roles })],
    });
    proxy.target = api.url;
    proxy.pages.set(sibling, '<!doctype html><title>A host of the same domain</title>');
    tenant = await api.tenant();
    await api.data(
      operatorKey,
      'mutation ($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
      { i: { id: tenant.organizationId, externalId: 'harbour-robotics' } },
    );
    for (const login of ['kim', 'mallory']) harbour.people.set(login, { name: login });
  });
  afterAll(async () => {
    await browsing?.close();
    await Promise.all([harbour?.close(), proxy?.close()]);
    api.sentinels.add(clientSecret);
    for (const token of harbour?.given ?? []) api.sentinels.add(token);
    await api?.close();
  });
  beforeEach(async () => {
    proxy.telling = 'right';
    await browsing.context.clearCookies();
  });

  const button = (page: Page) => page.getByRole('link', { name: 'Sign in with Harbour ID' });
  const live = (page: Page) => page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
  const signIn = async (page: Page) => {
    await button(page).click();
    await page.getByPlaceholder('Enter any login').fill('kim');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  };
  const cookies = async () => {
    const found = (await browsing.context.cookies(url)).filter(({ name }) => name.includes('everhook'));
    for (const { value } of found) api.sentinels.add(value);
    return found.map(({ name, path, domain, secure, httpOnly, sameSite }) => ({
      name,
      path,
      domain,
      secure,
      httpOnly,
      sameSite,
    }));
  };
  const theCookie = { path: '/', domain: host, secure: true, httpOnly: true, sameSite: 'Lax' };

  test.each<Telling>(['right', 'nothing', 'false', 'own host'])(
    'signs in by an issuer, is live, and signs out, where the proxy tells %s',
    async (telling) => {
      proxy.telling = telling;
      const page = await browsing.context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.isNavigationRequest()) asked.push(request.url());
      });
      await page.goto(`${url}/o/${tenant.organizationId}/deliveries?status=FAILED`);
      await button(page).waitFor();
      expect(await page.getByRole('note').or(page.getByRole('alert')).count()).toBe(0);
      await signIn(page);
      await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
      expect(page.url()).toBe(`${url}/o/${tenant.organizationId}/deliveries?status=FAILED`);
      const redirects = asked.flatMap((each) => new URL(each).searchParams.get('redirect_uri') ?? []);
      expect(new Set(redirects)).toEqual(new Set([`${url}/session/callback/harbour`]));
      expect(asked.filter((each) => each.startsWith('http:') && !each.startsWith(harbour.url))).toEqual([]);
      expect(await cookies()).toEqual([{ name: '__Host-everhook', ...theCookie }]);
      await live(page);
      await page.reload();
      await live(page);
      await signOut(page);
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Everhook' }).waitFor();
      expect(new URL(page.url()).origin).toBe(url);
      expect(await cookies()).toEqual([]);
      await page.close();
    },
  );

  test('signs in by a key; a new tab and a link from a chat keep it; a page of another site opens no socket', async () => {
    const page = await browsing.context.newPage();
    await page.goto(url);
    await page.getByLabel('Operator key').fill(tenant.key);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await live(page);
    expect(await cookies()).toEqual([{ name: '__Host-everhook', ...theCookie }]);
    const chat = await receiverAnswering({
      code: 200,
      body: `<!doctype html><a href="${page.url()}">the webhooks</a>`,
    });
    const other = await browsing.context.newPage();
    await other.goto(chat.url.replace('127.0.0.1', 'chat.test'));
    expect(await firstOfSocket(other, url)).toBe('closed 4401');
    await other.getByRole('link', { name: 'the webhooks' }).click();
    await live(other);
    await Promise.all([page.close(), other.close(), chat.close()]);
  });

  test('is signed in as nobody by cookies that a host of the same domain sets, and keeps its own session', async () => {
    const theirs = await upToCallback({ url: api.url, host: `${host}:${proxy.port}` }, 'harbour', { login: 'mallory' });
    const [name = '', value = ''] = (pairsOf(theirs.begun)[0] ?? '').split('=');
    api.sentinels.add(value);
    const page = await browsing.context.newPage();
    await page.goto(`https://${sibling}:${proxy.port}/`);
    const planted = await page.evaluate(
      ([cookie, value]) => {
        for (const prefix of ['__Host-', '__Secure-', '']) {
          for (const path of ['/', '/session', '/session/callback/harbour']) {
            const named = `${prefix}${cookie.replace('__Host-', '')}`;
            for (const pair of [`${named}=${value}`, `${prefix}everhook=ehs_planted`]) {
              // biome-ignore lint/suspicious/noDocumentCookie: as a page of any age may.
              document.cookie = `${pair}; Domain=harbour.test; Path=${path}; Secure`;
            }
          }
        }
        return document.cookie;
      },
      [name, value] as const,
    );
    // The browser took what it may.
    expect(planted).toContain('everhook=ehs_planted');
    expect(planted).not.toContain('__Host-');
    await page.goto(theirs.callback);
    await page.getByText('This sign-in was used already, or took too long. Begin again.').waitFor();
    await signIn(page);
    await live(page);
    await page.goto(theirs.callback);
    await live(page);
    const session = await page.evaluate(async () => (await fetch('/session')).json());
    expect(session.session.name).toBe('kim');
    await page.close();
  });

  test('shows in its sign-in nothing of an address that somebody else made up, and is there at any path', async () => {
    const page = await browsing.context.newPage();
    await page.goto(`${url}/#signin=INVALID&issuer=Call%20555%20at%20once.%20Nobody`);
    await page.getByText('That way to sign in is not there any more. Choose another one.').waitFor();
    expect(await page.getByText('555').count()).toBe(0);
    await page.goto('about:blank');
    await page.goto(`${url}//evil.example/#signin=USED`);
    await page.getByText('This sign-in was used already, or took too long. Begin again.').waitFor();
    expect(page.url()).toBe(`${url}//evil.example/`);
    await signIn(page);
    await live(page);
    expect(new URL(page.url()).origin).toBe(url);
    await page.close();
  });

  // The last one: from this address nobody signs in for a minute.
  test('says that there were too many tries, by a key and by an issuer', async () => {
    const page = await browsing.context.newPage();
    /** Tries too often, and then once more by hand. A minute that ends amid the tries forgives the first of them: then all begin anew. */
    async function untilTooMany(tries: () => Promise<unknown>, byHand: () => Promise<void>, told: RegExp) {
      let isTold = false;
      while (!isTold) {
        await page.goto(url);
        await button(page).waitFor();
        await tries();
        await byHand();
        const shown = page.getByText(told).waitFor({ timeout: 15_000 });
        isTold = await shown.then(
          () => true,
          () => false,
        );
      }
    }
    await untilTooMany(
      () =>
        page.evaluate(() =>
          Promise.all(
            Array.from({ length: 80 }, (_, tries) =>
              fetch('/session', {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ credential: `wrong-key-${tries}` }),
              }),
            ),
          ).then(() => {}),
        ),
      async () => {
        await page.getByLabel('Operator key').fill('one-more-wrong-key');
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      },
      /^Too many attempts with invalid keys\. Try again in \d+ s\.$/,
    );
    await untilTooMany(
      () =>
        Promise.all(Array.from({ length: 305 }, () => call(`${api.url}/session/callback/harbour?state=old&code=old`))),
      () => button(page).click(),
      /^Too many sign-ins from your network\. Try again in a minute\.$/,
    );
    await button(page).waitFor();
    await page.close();
  });
});
