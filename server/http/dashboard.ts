import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { type Asset, assetOf, immutable, sendAsset } from './assets.ts';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};

/**
 * Serves the compiled dashboard: its files by their path, and its page for every path that a browser navigates to.
 *
 * @param base - the path below which browsers find it; empty for none
 * @returns true if the request was for the dashboard; it is answered then
 */
export function createDashboard(
  base = '',
  folder = join(packageRoot, 'dashboard', 'dist'),
): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  const assets = readAssets(folder);
  // The build names its files relative to the page, which is shown at paths of any depth.
  const page = assets
    .get('/index.html')
    ?.content.toString('utf8')
    .replaceAll('"./', `"${base}/`)
    .replace('__BASE__', base);

  const portalPage = page && inPortal(page.replace('__PAGE__', 'portal'));
  const ownPage = page?.replace('__PAGE__', 'dashboard');

  return (request, response, path) => {
    if (ownPage === undefined || portalPage === undefined) return false;
    const asset = path === '/index.html' ? undefined : assets.get(path);
    if (asset) {
      // Names under assets/ hold a digest of the content.
      void sendAsset(request, response, asset, path.startsWith('/assets/') ? immutable : 'public, max-age=3600');
      return true;
    }
    // Only a client that asks for a page gets one: for a mistyped API path, programs get an error that they
    // understand.
    if (!request.headers.accept?.includes('text/html')) return false;
    const embeddable = path === '/portal' || path.startsWith('/portal/');
    sendPage(request, response, embeddable ? portalPage : ownPage, embeddable);
    return true;
  };
}

/** A portal belongs to its host: before its looks are known it has no name, no logo and no colours, least of all ours. */
const inPortal = (page: string): string =>
  page
    .replace('<html lang="en">', '<html lang="en" data-look="none">')
    .replace(/<title>.*<\/title>/, '<title></title>')
    .replace('/favicon.svg"', '/portal.svg"')
    .replace(/<noscript>.*<\/noscript>/, '<noscript>This page needs JavaScript.</noscript>');

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return assets;
  }
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = `/${name.replaceAll('\\', '/')}`;
    assets.set(path, assetOf(readFileSync(join(folder, name)), type));
  }
  return assets;
}

function sendPage(request: IncomingMessage, response: ServerResponse, page: string, embeddable: boolean): void {
  // Menus and dialogs lock scrolling with a style element of their own; the nonce allows it.
  const nonce = randomBytes(16).toString('base64');
  const content = Buffer.from(page.replaceAll('__NONCE__', nonce));
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': content.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      // In settings, a chosen logo is shown before it is sent.
      embeddable ? "img-src 'self'" : "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      // A portal's credential comes with its address, and is kept where only the frames of the site that gave it find it:
      // a foreign frame has no session to abuse.
      `frame-ancestors ${embeddable ? '*' : "'none'"}`,
    ].join('; '),
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}
