import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  accessibilityProblems,
  createWebhook,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
} from '../../support/dashboard.ts';
import type { Product } from '../../support/installation.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

/** Targets of less than 24 by 24 pixels that have another one within their circle (WCAG 2.2, 2.5.8). */
const crowdedTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const kinds = 'a[href], button, input, select, textarea, summary, [role="tab"], [role="menuitem"], [role="switch"]';
    // A box's label does what the box does.
    const targetAt = (x: number, y: number) => {
      const found = document.elementFromPoint(x, y)?.closest<HTMLElement>(`${kinds}, label[for]`);
      return found instanceof HTMLLabelElement ? found.control : found;
    };
    return [...document.querySelectorAll<HTMLElement>(kinds)].flatMap((target) => {
      const { x, y, width, height } = target.getBoundingClientRect();
      const [middle, centre] = [x + width / 2, y + height / 2];
      const seen = targetAt(middle, centre) === target;
      // Links within a sentence are excepted, and what is under something else is no target now.
      if (!seen || (width >= 24 && height >= 24) || getComputedStyle(target).display === 'inline') return [];
      const around = Array.from({ length: 16 }, (_, step) => (step * Math.PI) / 8);
      const other = around
        .map((angle) => targetAt(middle + 12 * Math.cos(angle), centre + 12 * Math.sin(angle)))
        .find((found) => found && found !== target);
      return other
        ? [`${target.outerHTML.slice(0, 90)} (${width} × ${height}) beside ${other.outerHTML.slice(0, 90)}`]
        : [];
    });
  });

/** Goes through what the Tab key reaches, and tells what does not show that it has the focus, or is out of sight. */
async function unseenFocus(page: Page, steps: number): Promise<string[]> {
  const unseen: string[] = [];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press('Tab');
    const problem = await page.evaluate(async () => {
      await new Promise((shown) => requestAnimationFrame(shown));
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { top, bottom, left, right } = element.getBoundingClientRect();
      const shown = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      const inSight = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
      return shown && inSight ? null : element.outerHTML.slice(0, 120);
    });
    if (problem) unseen.push(problem);
  }
  return unseen;
}

describe('what opens over the dashboard’s pages', () => {
  let product: Product;
  let tenant: DashboardTenant;
  let accepting: Receiver;
  let refusing: Receiver;

  beforeAll(async () => {
    product = await sharedProduct();
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    accepting = await receiverAnswering({ code: 200, body: '{"berth":4}' });
    refusing = await receiverAnswering({ code: 503, body: 'The crane is being greased.' });
    for (const name of ['Berth board', 'Quay board']) {
      await createWebhook(product, tenant, { name, url: accepting.url, description: 'At the quay.' });
    }
    await createWebhook(product, tenant, { name: 'Ticket sync', url: refusing.url, retrySchedule: ['PT1H'] });
    await publish(product, tenant, ['issue.created', 'case.created']);
    await Promise.all([accepting.count(4), refusing.count(2)]);
  });
  afterAll(async () => {
    await accepting?.close();
    await refusing?.close();
    await product?.close();
  });

  const pathOf = (page: string) => `/o/${tenant.organizationId}/${page}?project=${tenant.projectId}`;

  test('leaves the page behind a dialog where it is, scrolled or not', async () => {
    const browsing = await openChromium({ width: 1100, height: 420, scrollbars: true });
    try {
      const page = await signedIn(browsing.context, product.url, tenant.key, pathOf('webhooks'));
      await page.getByRole('region', { name: 'Ticket sync' }).waitFor();
      const places = () =>
        page.evaluate(() =>
          [document.querySelector('aside'), document.querySelector('#main h1')].map((element) => {
            const { left, top, width } = element?.getBoundingClientRect() ?? new DOMRect();
            return [left, top, width];
          }),
        );
      await page.evaluate(() => window.scrollTo(0, 200));
      await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(100);
      const before = await places();
      expect(before[0]?.[1]).toBe(0);
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
      expect(await places()).toEqual(before);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await places()).toEqual(before);
    } finally {
      await browsing.close();
    }
  });

  /** Looks at all of it with a webhook of its own. */
  async function looked(name: string, colours: 'light' | 'dark', width: number): Promise<string[]> {
    const browsing: Browsing = await openChromium({ width, height: 860, colours });
    const problems: string[] = [];
    try {
      const page = await signedIn(browsing.context, product.url, tenant.key, pathOf('webhooks'));
      const look = async (what: string) => {
        const found = [...(await accessibilityProblems(page)), ...(await crowdedTargets(page))];
        problems.push(...found.map((problem) => `${what}, ${colours}, ${width}: ${problem}`));
      };
      const dismiss = async (role: 'dialog' | 'alertdialog' | 'menu' | 'tooltip') => {
        await page.keyboard.press('Escape');
        await page.getByRole(role).waitFor({ state: 'detached' });
      };
      const berth = page.getByRole('region', { name });
      await berth.getByText('succeeded in 24 h').waitFor();
      await look('cards');

      await berth.getByRole('button', { name: 'Healthy' }).focus();
      await page.getByRole('tooltip').waitFor();
      await look('tooltip');
      await dismiss('tooltip');
      await berth.getByRole('button', { name: 'All events' }).click();
      await berth.getByText('issue.created').waitFor();
      await berth.getByRole('button', { name: 'Send test' }).click();
      await berth.getByText('Test delivered.').waitFor();
      await look('card with its events and a test');

      const more = page.getByRole('button', { name: `More for ${name}` });
      await more.click();
      await page.getByRole('menu').waitFor();
      await look('menu');
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await page.getByRole('alertdialog').waitFor();
      await look('confirmation');
      await dismiss('alertdialog');
      // Back to where one was, though the menu has gone.
      await expect.poll(() => more.evaluate((button) => button === document.activeElement)).toBe(true);
      await more.click();
      await page.getByRole('menuitem', { name: 'Recover deliveries…' }).click();
      await page.getByRole('dialog').waitFor();
      await look('recovery');
      await dismiss('dialog');
      await more.click();
      await page.getByRole('menuitem', { name: 'Rotate secret…' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate secret' }).click();
      await page.getByRole('dialog', { name: `New secret of ${name}` }).waitFor();
      await look('revealed secret');
      await page.getByRole('button', { name: 'I have stored it' }).click();
      await berth.getByRole('button', { name: 'Retire now' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Retire now' }).click();
      await page.getByText(`The old secret of ${name} has retired.`).waitFor();
      await look('toast');

      await page.getByRole('button', { name: 'New webhook' }).click();
      await page.getByRole('dialog').getByText('Description, retries, timeout and headers').click();
      await page.getByRole('button', { name: 'Add header' }).click();
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('is no header name').waitFor();
      await look('form with problems');
      problems.push(...(await unseenFocus(page, 14)).map((problem) => `form, unseen focus: ${problem}`));
      await dismiss('dialog');

      if (width < 800) {
        await page.getByRole('button', { name: 'Navigation' }).click();
        await page.getByRole('link', { name: 'Deliveries' }).waitFor();
        await look('navigation');
        await page.getByRole('link', { name: 'Deliveries' }).click();
        await page.getByRole('button', { name: 'Filters', exact: true }).click();
        await look('filters');
      } else await page.getByRole('link', { name: 'Deliveries' }).click();
      await page.getByRole('row').filter({ hasText: 'Retrying' }).first().getByRole('button').first().click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('How its receiver verifies it').click();
      await drawer.getByText('The crane is being greased.').waitFor();
      await look('drawer');
      problems.push(...(await unseenFocus(page, 14)).map((problem) => `drawer, unseen focus: ${problem}`));
      await dismiss('dialog');
      await page
        .getByRole('checkbox', { name: /^Select case/ })
        .first()
        .click();
      await page.getByText('1 selected', { exact: true }).waitFor();
      await look('selection');
      await page.evaluate((to) => history.pushState(null, '', to), `${pathOf('settings')}&tab=audit`);
      const tab = page.getByRole('tab', { name: 'Audit log' });
      await tab.waitFor();
      const inSight = () =>
        tab.evaluate((it) => {
          const { left, right } = it.getBoundingClientRect();
          return left >= 0 && right <= innerWidth;
        });
      await expect.poll(inSight, { message: 'the chosen tab is in sight' }).toBe(true);
      await page.evaluate((to) => history.pushState(null, '', to), pathOf('webhooks'));
      await berth.waitFor();
      problems.push(...(await unseenFocus(page, 30)).map((problem) => `page, unseen focus: ${problem}`));

      const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
        'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
        { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
      );
      await page.goto('about:blank');
      await page.goto(`${product.url}${createPortalLink.path}`);
      await berth.getByText('succeeded in 24 h').waitFor();
      await look('portal');
      // Else this tab would go on with its link.
      await page.evaluate(() => sessionStorage.clear());
      await page.goto(`${product.url}/portal`);
      await page.getByText('This link is incomplete').first().waitFor();
      await look('portal without a link');
      return [...problems, ...browsing.complaints];
    } finally {
      await browsing.close();
    }
  }

  test('is accessible, with targets that a finger hits and a focus that is seen', async () => {
    const problems = await Promise.all([looked('Berth board', 'light', 1280), looked('Quay board', 'dark', 360)]);
    expect(problems.flat()).toEqual([]);
  });

  test('moves for those alone who did not ask for less of it', async () => {
    const browsing = await openChromium();
    try {
      const page = await signedIn(browsing.context, product.url, tenant.key, pathOf('webhooks'));
      const motion = async (colour: 'reduce' | 'no-preference') => {
        await page.emulateMedia({ reducedMotion: colour });
        await page.getByRole('button', { name: 'New webhook' }).click();
        const taken = await page.getByRole('dialog').evaluate((dialog) => {
          const { animationDuration, animationIterationCount } = getComputedStyle(dialog);
          return Number.parseFloat(animationDuration) * Number(animationIterationCount);
        });
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        return taken;
      };
      expect(await motion('reduce')).toBeLessThan(0.01);
      expect(await motion('no-preference')).toBeGreaterThan(0.1);
    } finally {
      await browsing.close();
    }
  });
});
