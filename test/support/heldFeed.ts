import type { Page } from 'playwright-core';
import { intercept } from './intercept.ts';

/** Holds back the start of a page's live feed of deliveries. @returns what lets it begin */
export async function holdFeed(page: Page): Promise<() => void> {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  await intercept(page, '**/graphql', async (route) => {
    if (route.request().postData()?.includes('deliveryCursor')) await begun;
    await route.fallback();
  });
  return begin;
}
