import type { Page, Route } from 'playwright-core';

/** A status that the server never answers with. */
const intercepted = 299;

/**
 * Answers requests of a page in place of the server. Chromium says that it intercepts some milliseconds before a page that is open
 * already does, so what a test does next could still reach the server: this waits until a request of the page itself was intercepted.
 */
export async function intercept(page: Page, url: string, handler: (route: Route) => unknown): Promise<void> {
  await page.route(url, handler);
  if (page.url() === 'about:blank') return;
  const isProbe = (each: URL) => each.searchParams.has('intercepted');
  await page.route(isProbe, (route) => route.fulfill({ status: intercepted }));
  const probe = () => page.evaluate(() => fetch('/?intercepted', { method: 'HEAD' }).then(({ status }) => status));
  while ((await probe()) !== intercepted);
  await page.unroute(isProbe);
}
