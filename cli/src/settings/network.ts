import type { EverhookOptions } from '@everhook/sdk';
import { getProxyForUrl } from 'proxy-from-env';
import { usageError } from '../exit/codes.ts';
import { fetchThrough } from './proxiedFetch.ts';

/** How the service is reached. */
export interface Way {
  readonly fetch: typeof fetch;
  readonly webSocket?: NonNullable<EverhookOptions['webSocket']>;
  /** The proxy in between, without what it asks for. */
  readonly proxy?: string;
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(host);

const ways = new Map<string, Promise<Way>>();

/** The way to the service: directly, or through the proxy that the environment names. A service on this machine is never behind it. */
export function wayTo(service: string | URL): Promise<Way> {
  // What is no URL is refused by whoever is to reach it.
  if (!URL.canParse(String(service))) return Promise.resolve({ fetch });
  const url = new URL(service);
  const known = ways.get(url.origin) ?? makeWay(url);
  ways.set(url.origin, known);
  return known;
}

async function makeWay(url: URL): Promise<Way> {
  const proxy = isLoopback(url.hostname) ? '' : getProxyForUrl(url.href);
  if (proxy === '') return { fetch };
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol)) {
    throw usageError(
      'HTTPS_PROXY and HTTP_PROXY must be the URL of a proxy that knows CONNECT, such as http://proxy.example.com:3128.',
      url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY',
    );
  }
  // Node's own fetch and WebSocket take no proxy before Node 24. Without a proxy, what does is not even loaded.
  const [{ HttpsProxyAgent }, { WebSocket }] = await Promise.all([import('https-proxy-agent'), import('ws')]);
  // One for each: its connections are kept for the next call.
  const agent = new HttpsProxyAgent(proxy, { keepAlive: true });
  class ProxiedWebSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols, { agent: new HttpsProxyAgent(proxy) });
    }
  }
  return { fetch: fetchThrough(agent), webSocket: ProxiedWebSocket, proxy: new URL(proxy).origin };
}
