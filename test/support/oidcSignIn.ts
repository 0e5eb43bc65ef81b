import type { Issuer } from '../../core/oidc/issuer.ts';
import { call, type RawAnswer } from './rawHttp.ts';

export const clientSecret = 'the-client-secret-of-everhook-at-the-issuer';

/** An issuer as it is configured. */
export const issuerOf = (name: string, label: string, url: string, more: Partial<Issuer> = {}): Issuer => ({
  name,
  label,
  url,
  clientId: 'everhook',
  clientSecret,
  scopes: 'openid profile email groups offline_access',
  parameters: {},
  groupsClaim: 'groups',
  roles: [],
  createMembers: true,
  clockToleranceSeconds: 10,
  ...more,
});

/** A browser's part of signing in, as far as the address that the issuer leads back to, which is not opened. */
export interface UpToCallback {
  /** At the public URL. */
  readonly callback: string;
  /** For a `Cookie` header. */
  readonly cookies: string;
  readonly begun: RawAnswer;
}

/** The first part of each `Set-Cookie`. */
export const pairsOf = ({ setCookie }: RawAnswer): string[] => setCookie.map((each) => each.split(';')[0] ?? '');

/**
 * Signs in without a browser.
 *
 * @param at - where the server is, and the `Host` by which it is asked
 */
export async function upToCallback(
  at: { readonly url: string; readonly host?: string },
  issuer: string,
  { login = 'kim', back, cookie = '' }: { login?: string; back?: string; cookie?: string } = {},
): Promise<UpToCallback> {
  const asked = new URLSearchParams({ issuer, ...(back === undefined ? {} : { back }) });
  const headers = { ...(at.host === undefined ? {} : { host: at.host }), ...(cookie === '' ? {} : { cookie }) };
  const begun = await call(`${at.url}/session/start?${asked}`, { headers });
  const jar = new Map<string, string>();
  const cookieOfJar = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask = async (to: string, init: RequestInit = {}) => {
    const response = await fetch(to, { redirect: 'manual', headers: { cookie: cookieOfJar() }, ...init });
    for (const each of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    return { location: location === null ? '' : new URL(location, to).href, text: await response.text() };
  };
  const first = String(begun.headers.location);
  let answer = { location: first, text: '' };
  for (let steps = 0; !new URL(answer.location || first).pathname.includes('/session/callback/'); steps++) {
    if (steps > 20) throw new Error(`The issuer leads nowhere: ${answer.text}`);
    if (answer.location !== '') answer = await ask(answer.location);
    else {
      const action = /action="([^"]+)"/.exec(answer.text)?.[1] ?? '';
      const body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
      answer = await ask(new URL(action, first).href, { method: 'POST', body });
    }
  }
  return { callback: answer.location, cookies: pairsOf(begun).join('; '), begun };
}
