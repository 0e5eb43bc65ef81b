import { BrowserSession, Everhook } from '@everhook/sdk';
import { describe, expect, it } from 'vitest';

/** A server that answers so. */
function answering(status: number, text: string) {
  const asked: { url: string; method: string; credentials: string; headers: Record<string, string>; body?: string }[] =
    [];
  const fetch = async (url: string, init: Omit<(typeof asked)[number], 'url'>) => {
    asked.push({ url, ...init });
    return { status, text: async () => text };
  };
  return { asked, fetch };
}

describe('the session of a browser, by the SDK', () => {
  it('is read, opened and ended below the installation’s address, with the browser’s cookie', async () => {
    const state = { session: null, ended: 'IDLE', refused: null, issuers: [] };
    const { asked, fetch } = answering(200, JSON.stringify(state));
    const browser = new BrowserSession({ url: 'https://example.com/hooks/', fetch });
    expect(await browser.read()).toEqual(state);
    await browser.open('ehk_key');
    await browser.end();
    expect(asked.map(({ url, method, credentials, body }) => [url, method, credentials, body])).toEqual([
      ['https://example.com/hooks/session', 'GET', 'same-origin', undefined],
      ['https://example.com/hooks/session', 'POST', 'same-origin', '{"credential":"ehk_key"}'],
      ['https://example.com/hooks/session', 'DELETE', 'same-origin', undefined],
    ]);
    expect(asked[1]?.headers['content-type']).toBe('application/json');
  });

  it('says by its errors what was wrong, also of answers that are none', async () => {
    const refusal = { errors: [{ message: 'Get a new one.', extensions: { code: 'UNAUTHENTICATED' } }] };
    const ask = (status: number, text: string) =>
      new BrowserSession({ url: 'https://example.com', fetch: answering(status, text).fetch }).open('key');
    await expect(ask(401, JSON.stringify(refusal))).rejects.toMatchObject({
      name: 'UnauthenticatedError',
      message: 'Get a new one.',
      status: 401,
    });
    await expect(ask(502, '<html>')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(ask(200, '<html>')).rejects.toMatchObject({ code: 'INTERNAL' });
    const away = new BrowserSession({ url: 'https://example.com', fetch: () => Promise.reject(new TypeError('away')) });
    await expect(away.read()).rejects.toMatchObject({ code: 'NETWORK' });
    expect(() => new BrowserSession({ url: 'example.com' })).toThrow(/http/);
  });

  it('is what a client calls with in place of a key: without a header, with the cookie', async () => {
    const { asked, fetch } = answering(200, '{"data":{"egressIpRanges":[]}}');
    const answer = async (url: string, init: Parameters<typeof fetch>[1]) => ({
      ...(await fetch(url, init)),
      headers: { get: () => null },
    });
    const client = new Everhook({
      url: 'https://example.com',
      credentials: 'same-origin',
      fetch: answer as unknown as NonNullable<ConstructorParameters<typeof Everhook>[0]['fetch']>,
    });
    expect(await client.egressIpRanges()).toEqual([]);
    expect(asked[0]).toMatchObject({ credentials: 'same-origin' });
    expect(asked[0]?.headers).not.toHaveProperty('authorization');
    // Whoever forgets the key is told so, not signed out.
    expect(() => new Everhook({ url: 'https://example.com' } as never)).toThrow(/apiKey/);
    expect(
      () => new Everhook({ url: 'https://example.com', apiKey: 'key', credentials: 'same-origin' } as never),
    ).toThrow(/not both/);
  });
});
