import type { Page } from 'playwright-core';

export interface HeldAnswers {
  /** Resolves when the server has answered one, and the page does not know it yet. */
  readonly answered: Promise<void>;
  /** Lets the page have them, and those to come at once. */
  release(): void;
}

/** Holds back the answers to the questions that are meant, as a slow way from the server does. */
export async function holdAnswers(page: Page, isMeant: (body: string) => boolean): Promise<HeldAnswers> {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/graphql', async (route) => {
    if (!isMeant(route.request().postData() ?? '')) return route.fallback();
    const response = await route.fetch();
    answer();
    await released;
    // Who asked may have given it up.
    await route.fulfill({ response }).catch(() => {});
  });
  return { answered, release };
}
