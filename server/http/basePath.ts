import type { IncomingMessage } from 'node:http';

/**
 * The path below which this installation is reached, as its public URL has it: `/hooks` of `https://example.com/hooks`. Empty
 * for none.
 */
export const basePathOf = (publicUrl: string | null): string =>
  publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');

/**
 * Takes the base path off a request, so that nothing behind this needs to know it. A proxy may take it off itself, so requests
 * without it are served too.
 */
export function takeOffBase(request: IncomingMessage, base: string): void {
  const { url = '/' } = request;
  if (base === '' || !url.startsWith(base)) return;
  const rest = url.slice(base.length);
  if (rest === '' || rest.startsWith('?')) request.url = `/${rest}`;
  else if (rest.startsWith('/')) request.url = rest;
}
