import type { Page } from 'playwright-core';
import { intercept } from './intercept.ts';

export interface HeldAnswers {
  /** Resolves when the server has answered one and the page has not received it yet. */
  readonly answered: Promise<void>;
  /** Releases them to the page; later ones pass at once. */
  release(): void;
}

/** Holds back the answers to matching requests, as a slow connection would. */
export async function holdAnswers(page: Page, isMeant: (body: string) => boolean): Promise<HeldAnswers> {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await intercept(page, '**/graphql', async (route) => {
    if (!isMeant(route.request().postData() ?? '')) return route.fallback();
    const response = await route.fetch();
    answer();
    await released;
    // The page may have given the request up.
    await route.fulfill({ response }).catch(() => {});
  });
  return { answered, release };
}
