import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

const createType = 'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }';
const alert = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).waitFor();
const script = '<img src=x onerror="document.title = \'taken over\'">';

describe('the catalogue', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const ofProject = (path: string, key?: string) =>
    dashboard.open(`${path}${path.includes('?') ? '&' : '?'}project=${dashboard.tenant.projectId}`, key);

  test('make event types, and name the place in a schema or an example that is wrong', async () => {
    const page = await dashboard.open('catalogue');
    await page.getByRole('button', { name: 'New event type' }).first().click();
    const form = page.getByRole('dialog', { name: /^New event type/ });
    const save = form.getByRole('button', { name: 'Create event type' });
    const refused = async (label: string, text: string) => {
      await save.click();
      await alert(page, text);
      await expect.poll(() => form.getByLabel(label).getAttribute('aria-invalid')).toBe('true');
    };
    await form.getByLabel('Name').fill('crane moved');
    await refused('Name', '');
    await form.getByLabel('Name').fill('crane.moved');
    await form.getByLabel('Schema').fill('{ "type": "object", }');
    await refused('Schema', 'This is not JSON');
    await form.getByLabel('Schema').fill('{"type": "object", "properties": {"weight": {"type": "tons"}}}');
    await refused('Schema', 'At properties.weight.type: ');
    await form
      .getByLabel('Schema')
      .fill('{"type": "object", "required": ["weight"], "properties": {"weight": {"type": "number"}}}');
    await form.getByLabel('Example').fill('{"weight": "heavy"}');
    await refused('Example', 'At weight: This must be number.');
    await form.getByLabel('Example').fill('{"weight": 12.5}');
    await save.click();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'crane.moved' }).waitFor();
    await page.getByRole('region', { name: 'Example' }).first().getByText('12.5').waitFor();
    await page.close();
  });

  test('lists the types of all projects, by category and search, with the archived ones when asked', async () => {
    const { product, tenant } = dashboard;
    const { organizationId, projectId } = tenant;
    await product.call(createType, { input: { organizationId, name: 'tide.high', category: 'Tides', schema: {} } });
    await product.call(createType, { input: { projectId, name: 'berth.freed', category: 'Berths', schema: {} } });
    await product.call(createType, { input: { projectId, name: 'berth.burnt', category: 'Berths', schema: {} } });
    await product.call(
      'mutation ($input: ArchiveEventTypeInput!) { archiveEventType(input: $input) { eventType { id } } }',
      { input: { id: 'berth.burnt', projectId } },
    );
    const page = await dashboard.open('catalogue');
    const section = (name: string) => page.getByRole('region', { name, exact: true }).first();
    await section('Tides').getByRole('link', { name: 'tide.high' }).waitFor();
    // A project's own, and those of its profile.
    await section('Berths').getByRole('link', { name: 'berth.freed' }).waitFor();
    await section('Berths').getByText('Berth planning').waitFor();
    await page.getByRole('link', { name: 'issue.created' }).waitFor();
    await section('Everhook’s own').getByRole('link', { name: 'everhook.webhook.degraded' }).waitFor();
    expect(await page.getByRole('link', { name: 'berth.burnt' }).count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel('Show archived').click();
    await page.getByRole('listitem').filter({ hasText: 'berth.burnt' }).getByText('Archived').waitFor();
    await page.getByLabel('Search types').fill('freed');
    await page.getByText('1 type', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('freed');
    await page.getByLabel('Search types').fill('no such type');
    await page.getByText('No type fits this search.').waitFor();
    await page.close();
  });

  test('shows a type: its schema as a tree with links, its example, its versions with what changed, and who gets it', async () => {
    const { product, tenant } = dashboard;
    const { projectId } = tenant;
    const schema = {
      $defs: {
        crane: {
          type: 'object',
          properties: { name: { type: 'string', maxLength: 20 }, next: { $ref: '#/$defs/crane' } },
        },
      },
      type: 'object',
      required: ['crane'],
      additionalProperties: false,
      properties: {
        crane: { $ref: '#/$defs/crane', description: script },
        state: { enum: ['up', 'down'] },
        at: { type: 'string', format: 'date-time', deprecated: true },
        load: {
          oneOf: [
            { title: 'Box', properties: { kind: { const: 'box' } } },
            { title: 'Bulk', properties: { kind: { const: 'bulk' } } },
          ],
        },
        pilot: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'null' }] },
        loads: { type: 'array', minItems: 1, items: { type: 'number', exclusiveMinimum: 0 } },
      },
    };
    await product.call(createType, {
      input: { projectId, name: 'crane.turned', description: 'רציף: a crane turned.', schema, example: { crane: {} } },
    });
    await createWebhook(product, tenant, { name: 'Berth board', url: receiver.url, eventTypes: ['crane.turned'] });
    await createWebhook(product, tenant, { name: 'Everything', url: receiver.url });
    await createWebhook(product, tenant, { name: 'Others', url: receiver.url, eventTypes: ['case.created'] });
    await publish(product, tenant, ['crane.turned']);
    const page = await ofProject('catalogue/crane.turned');
    const tree = page.getByRole('region', { name: 'Schema' }).first();
    for (const text of ['required', 'whole number', 'Deprecated', 'no other members', 'at most 20 characters']) {
      if (text !== 'whole number') await tree.getByText(text).first().waitFor();
    }
    await tree.getByText('"up"').waitFor();
    await tree.getByText(script).waitFor();
    await tree.getByText('either, variant 2').waitFor();
    for (const text of ['more than 0', 'at least 1 item', 'text or null', 'at least 1 character']) {
      await tree.getByText(text, { exact: true }).waitFor();
    }
    // A schema that refers to itself opens as far as one clicks.
    await tree.locator('summary').filter({ hasText: 'next' }).first().click();
    await tree.locator('summary').filter({ hasText: 'next' }).nth(1).click();
    await expect.poll(() => tree.getByText('at most 20 characters').count()).toBe(3);
    expect(await accessibilityProblems(page)).toEqual([]);
    await tree.getByRole('link', { name: 'Link to state', exact: true }).click();
    expect(new URL(page.url()).searchParams.get('at')).toBe('.state');
    await page.locator('[data-wanted="true"]').getByText('state').waitFor();

    const subscribers = page.getByRole('region', { name: 'Subscribed webhooks' });
    await subscribers.getByRole('link', { name: 'Berth board' }).waitFor();
    await subscribers.getByText('all events').waitFor();
    expect(await subscribers.getByText('Others').count()).toBe(0);
    await subscribers.getByText('just now').or(subscribers.getByText('seconds ago')).waitFor();

    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Change crane.turned' });
    await form.getByText('As people will read it').click();
    await form.getByLabel('Schema').fill(JSON.stringify({ ...schema, maxProperties: 5 }));
    await form.getByText('at most 5 members').waitFor();
    await form.getByLabel('Category').fill('Cranes');
    await form.getByRole('button', { name: 'Save changes' }).click();
    await form.waitFor({ state: 'detached' });
    const versions = page.getByRole('region', { name: 'Versions' });
    await versions.getByText('Version 2').waitFor();
    await versions.getByText('Changed: category and schema').waitFor();
    await versions.getByText('Before and after').click();
    await versions.locator('ins').filter({ hasText: '"maxProperties": 5' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.getByRole('button', { name: 'Change crane.turned' }).click();
    await page.getByRole('menuitem', { name: 'Archive' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('main').getByText('Archived', { exact: true }).first().waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Publish one…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Change crane.turned' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    // The log has an event of it.
    await alert(page, 'archive');
    expect(await page.title()).not.toContain('taken over');
    await page.close();
  });

  test('leads to a form that begins with the type, and says of a type that is not there that it is not', async () => {
    const page = await ofProject('catalogue/issue.created');
    await page.getByText('This type is part of its profile and has no versions.').waitFor();
    expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Publish one…' }).click();
    await expect.poll(() => page.getByLabel('Event type').inputValue()).toBe('issue.created');
    await page.close();
    const gone = await ofProject('catalogue/no.such.type');
    await gone.getByText('There is no such type here').waitFor();
    await gone.setViewportSize({ width: 360, height: 780 });
    await gone.getByRole('navigation', { name: 'Above this page' }).getByRole('link', { name: 'Catalogue' }).click();
    await gone.getByRole('link', { name: 'issue.created' }).waitFor();
    expect(await gone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await gone.close();
  });

  test('is documentation in a portal: nothing of others, nothing that publishes or changes, and what a request looks like', async () => {
    const { product, tenant, browsing } = dashboard;
    await createWebhook(product, tenant, { name: 'Customer’s board', url: receiver.url, eventTypes: ['case.created'] });
    await product.call('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      input: {
        organizationId: tenant.organizationId,
        name: 'Internal board',
        url: receiver.url,
        profile: 'STANDARD',
        eventTypes: ['case.created'],
      },
    });
    await publish(product, tenant, ['case.created']);
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { name: 'Canal Cranes', projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
    );
    const page = await browsing.context.newPage();
    const main = page.getByRole('main');
    await page.goto(`${product.url}${createPortalLink.path}`);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Catalogue' }).click();
    await page.getByRole('link', { name: 'case.created' }).click();
    await page.getByRole('region', { name: 'Subscribed webhooks' }).getByText('Customer’s board').waitFor();
    await page
      .getByRole('region', { name: 'What your webhook receives' })
      .first()
      .getByText('How its receiver verifies it')
      .waitFor();
    expect(await main.getByText('Internal board').count()).toBe(0);
    expect(await main.getByText('Harbour Robotics').count()).toBe(0);
    for (const name of ['Publish one…', 'Edit', 'New event type']) {
      expect(await page.getByRole('link', { name }).or(page.getByRole('button', { name })).count(), name).toBe(0);
    }
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Events' }).click();
    await page.getByRole('row').filter({ hasText: 'case.created' }).first().getByRole('link').click();
    const fanOut = page.getByRole('region', { name: 'Fan-out' });
    await fanOut.getByRole('link', { name: 'Customer’s board' }).waitFor();
    expect(await fanOut.getByText('Internal board').count()).toBe(0);
    expect(await main.getByText('Harbour Robotics').count()).toBe(0);
    await page.close();
  });

  test('is in German for whoever reads German', async () => {
    const german = await ofProject('catalogue/issue.created');
    await german.getByRole('button', { name: 'Account' }).click();
    await german.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await german.getByRole('heading', { name: 'Abonnierte Webhooks' }).waitFor();
    await german.getByRole('main').getByText('erforderlich').first().waitFor();
    await german.evaluate(() => localStorage.clear());
    await german.close();
  });
});
