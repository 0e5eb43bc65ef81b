import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createKey,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import { holdFeed } from '../../support/heldFeed.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

const publishEvents =
  'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id createdAt } } }';
const createType = 'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }';
const script = '<img src=x onerror="document.title = \'taken over\'">';
const hebrew = 'רציף מספר שמונה';

/** 64 levels, as deep as the API takes them. */
const deep = (levels: number): object => (levels === 1 ? { end: true } : { in: deep(levels - 1) });

describe('the log of events', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let failing: Receiver;
  const refusing = { code: 503 };

  beforeAll(async () => {
    dashboard = await startDashboard();
    const { product, tenant } = dashboard;
    [receiver, failing] = await Promise.all([receiverAnswering({ code: 200 }), receiverAnswering(refusing)]);
    for (const name of ['cargo.weighed', 'cargo.lost']) {
      await product.call(createType, {
        input: { organizationId: tenant.organizationId, name, schema: { type: 'object' } },
      });
    }
    await createWebhook(product, tenant, { name: 'Berth board', url: receiver.url, eventTypes: ['cargo.weighed'] });
    await createWebhook(product, tenant, { name: hebrew, url: failing.url, eventTypes: ['cargo.weighed'] });
  });
  afterAll(async () => {
    await dashboard?.close();
    await Promise.all([receiver?.close(), failing?.close()]);
  });

  /** Publishes events as a client does. @returns their ids, in their order */
  async function put(...events: object[]): Promise<string[]> {
    const { projectId } = dashboard.tenant;
    const { publishEvents: made } = await dashboard.product.call<{ publishEvents: { events: { id: string }[] } }>(
      publishEvents,
      { input: { projectId, events } },
    );
    return made.events.map(({ id }) => id);
  }
  const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
  const open = (path = 'events', key?: string) =>
    dashboard.open(`${path}${path.includes('?') ? '&' : '?'}project=${dashboard.tenant.projectId}`, key);

  test('says what an event is where there are none, shows the first at once, and later ones when asked', async () => {
    const page = await open();
    await page.getByText('No events yet').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await put({ type: 'cargo.weighed', data: { weight: 1 }, labels: [{ key: 'customer', value: 'c_42' }] });
    const first = rows(page).filter({ hasText: 'cargo.weighed' });
    await first.getByText(/^1 Delivered$/).waitFor();
    await first.getByText('customer=c_42').waitFor();

    // No webhook takes it, so nothing but the log tells of it.
    await put({ type: 'cargo.lost', data: {} });
    const news = page.getByRole('button', { name: '1 new event' });
    await news.waitFor();
    expect(await rows(page).count()).toBe(1);
    await news.click();
    await rows(page).first().getByText('cargo.lost').waitFor();
    await rows(page).first().getByText('None').waitFor();
    expect(await rows(page).count()).toBe(2);
    await page.close();
  });

  test('brings the counts beside events up to date when its live feed begins', async () => {
    const [eventId = ''] = await put({ type: 'cargo.weighed', data: { weight: 2 } });
    const page = await dashboard.browsing.context.newPage();
    const begin = await holdFeed(page);
    await page.goto(
      `${dashboard.product.url}/o/${dashboard.tenant.organizationId}/events?project=${dashboard.tenant.projectId}`,
    );
    const retrying = rows(page).first().getByText('1 Retrying');
    await retrying.waitFor();
    const { deliveries } = await dashboard.product.call<{ deliveries: { edges: { node: { id: string } }[] } }>(
      'query ($eventId: ID!) { deliveries(eventId: $eventId, statuses: [RETRYING], first: 1) { edges { node { id } } } }',
      { eventId },
    );
    await dashboard.product.call('mutation ($id: ID!) { cancelDelivery(input: { id: $id }) { delivery { id } } }', {
      id: deliveries.edges[0]?.node.id,
    });
    const over = Date.now();
    // A feed tells again what happened in the last two seconds before it began.
    await expect.poll(() => Date.now() - over).toBeGreaterThan(2_500);
    expect(await retrying.count()).toBe(1);
    begin();
    await rows(page).first().getByText('1 Cancelled').waitFor();
    await page.close();
  });

  test('filters by the address: type, labels, time, no webhook, content, tests, id and key', async () => {
    const [id = ''] = await put(
      {
        type: 'cargo.weighed',
        data: { crane: { id: 7 }, tags: ['a'] },
        labels: [
          { key: 'customer', value: 'c_7' },
          { key: 'plan', value: 'pro' },
        ],
      },
      {
        type: 'cargo.lost',
        data: { crane: { id: 8 } },
        labels: [{ key: 'customer', value: 'c_7' }],
        idempotencyKey: 'eighth',
      },
    );
    const page = await open('events?label=customer%3Dc_7');
    await expect.poll(() => rows(page).count()).toBe(2);
    const label = page.getByLabel('Label', { exact: true });
    await label.fill('plan');
    await label.press('Enter');
    await page.getByText('Write a label as key=value.').waitFor();
    await label.fill('plan=pro');
    await label.press('Enter');
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(new URL(page.url()).searchParams.getAll('label')).toEqual(['customer=c_7', 'plan=pro']);
    await page.getByRole('button', { name: 'No longer filter by plan=pro' }).click();
    await expect.poll(() => rows(page).count()).toBe(2);

    await page.getByLabel('Webhooks', { exact: true }).selectOption('Matched no webhook');
    await expect.poll(() => rows(page).allTextContents()).toHaveLength(1);
    await rows(page).getByText('cargo.lost').waitFor();
    await page.getByLabel('Webhooks', { exact: true }).selectOption('Matched or not');

    const contains = page.getByLabel('Data contains');
    await contains.fill('{"crane": {"id": 7}');
    await expect.poll(() => contains.getAttribute('aria-invalid')).toBe('true');
    await contains.fill('[7]');
    await page.getByText('Write an object, such as').waitFor();
    await contains.fill('{"crane": {"id": 7}}');
    await contains.press('Enter');
    await expect.poll(() => rows(page).count()).toBe(1);
    await rows(page).getByText('cargo.weighed').waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();

    await page.getByLabel('Event type', { exact: true }).fill('cargo.lost');
    await page.getByLabel('Event type', { exact: true }).press('Enter');
    await expect.poll(() => rows(page).filter({ hasText: 'cargo.weighed' }).count()).toBe(0);
    const search = page.getByLabel('Id or idempotency key');
    await search.fill('eighth');
    await search.press('Enter');
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.getByRole('button', { name: 'Clear all' }).click();
    await search.fill(id);
    await search.press('Enter');
    await expect.poll(() => rows(page).count()).toBe(1);
    await search.fill('no such key');
    await search.press('Enter');
    await page.getByText('No event fits these filters').waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByLabel('Tests', { exact: true }).selectOption('Only tests');
    await page.getByText('No event fits these filters').waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByLabel('From').fill('2199-01-01T00:00');
    await page.getByText('No event fits these filters').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(dashboard.browsing.complaints).toEqual([]);
    await page.close();
  });

  test('says how far a bounded search looked, and goes on by a click', async () => {
    const page = await open();
    let bounded = true;
    // As where so much was published that a search takes too long: the API answers so after a time, which no test waits for.
    await intercept(page, '**/graphql', async (route) => {
      if (!bounded || !route.request().postData()?.includes('query Events(')) return route.fallback();
      const pageInfo = { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null };
      const [edges, searchedUntil] = [[], '2026-01-02T03:04:05.000Z'];
      const { data } = await (await route.fetch()).json();
      const { endCursor } = data.events.pageInfo;
      await route.fulfill({
        json: { data: { events: { edges, searchedUntil, pageInfo: { ...pageInfo, endCursor } } } },
      });
    });
    await page.evaluate((to) => history.pushState(null, '', to), page.url().replace('?', '?tests=none&'));
    await page.getByText(/Everything back to Jan 2, 2026/).waitFor();
    bounded = false;
    await page.getByRole('button', { name: 'Look further back' }).click();
    await page.getByText(/Everything back to/).waitFor({ state: 'detached' });
    await page.close();
  });

  test('stays where it is read while others come, with ten thousand rows', async () => {
    const { product, tenant } = dashboard;
    const many = await dashboard.project('Tide gauge');
    const at = (count: number) => Array.from({ length: count }, (_, tide) => ({ type: 'cargo.lost', data: { tide } }));
    const into = (events: object[]) => product.call(publishEvents, { input: { projectId: many, events } });
    for (let batch = 0; batch < 10; batch++) await Promise.all(Array.from({ length: 10 }, () => into(at(100))));
    const page = await dashboard.open(`events?project=${many}`, tenant.key);
    await rows(page).first().waitFor();
    // Only what is in sight is in the page.
    expect(await rows(page).count()).toBeLessThan(80);
    const table = page.getByRole('table', { name: 'Events' });
    const scroller = table.getByRole('rowgroup');
    const reached = () => table.getAttribute('aria-rowcount').then(Number);
    while ((await reached()) < 10_001) {
      const before = await reached();
      await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await expect.poll(reached).toBeGreaterThan(before);
    }
    await scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
    /** What stands in the middle of what is in sight, and where on the screen. */
    const read = () =>
      scroller.evaluate((element) => {
        const { left, top, height } = element.getBoundingClientRect();
        const row = document.elementFromPoint(left + 200, top + height / 2)?.closest('[role="row"]');
        return [row?.querySelector('a')?.getAttribute('href'), row?.getBoundingClientRect().top, element.scrollTop];
      });
    // It is drawn in the frames after it was scrolled.
    await expect.poll(async () => (await read())[0]).toContain('/events/');
    const reading = await read();
    await into(at(3));
    await page.getByRole('button', { name: '3 new events' }).waitFor();
    expect(await read()).toEqual(reading);
    await into(at(100));
    await into(at(100));
    await page.getByRole('button', { name: 'More than 100 new events' }).click();
    await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBe(0);
    await expect.poll(reached).toBeLessThan(300);
    await page.close();
  }, 120_000);

  test('leads to a page of each event: its data as it was published, where it went, and who did not get it', async () => {
    refusing.code = 503;
    await createWebhook(dashboard.product, dashboard.tenant, {
      name: 'Lost and found',
      url: receiver.url,
      eventTypes: ['cargo.lost'],
    });
    const data = `{"weight":1.50,"exact":12345.678901234567,"name":${JSON.stringify(script)},"port":"${hebrew}","deep":${JSON.stringify(deep(60))},"rows":[${Array.from({ length: 500 }, (_, row) => row)}]}`;
    // As text, so that the numbers are what they are.
    const response = await fetch(`${dashboard.product.url}/v1/events?projectId=${dashboard.tenant.projectId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${dashboard.tenant.key}`, 'content-type': 'application/json' },
      body: `{"type":"cargo.weighed","data":${data},"labels":{"customer":"c_9"},"idempotencyKey":"weighed once"}`,
    });
    const { events } = (await response.json()) as { events: { id: string }[] };
    const page = await open(`events/${events[0]?.id}`);
    const facts = page.getByRole('region', { name: 'About this event' });
    await facts.getByText('weighed once').waitFor();
    await facts.getByRole('link', { name: 'customer=c_9' }).waitFor();
    const tree = page.getByRole('region', { name: 'Data', exact: true });
    await tree.getByText('12345.678901234567').waitFor();
    await tree.getByText('1.50').waitFor();
    await tree.getByText(script).waitFor();
    await tree.getByText('500 items').waitFor();
    await tree.getByRole('button', { name: 'Show more (400 left)' }).waitFor();
    expect(await page.title()).not.toContain('taken over');
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(data);

    const fanOut = page.getByRole('region', { name: 'Fan-out' });
    const way = (name: string) => fanOut.getByRole('listitem').filter({ hasText: name });
    await way('Berth board').getByText('Delivered').waitFor();
    await way('Berth board').getByText('1 attempt · HTTP 200').waitFor();
    await way(hebrew).getByText('Retrying').waitFor();
    await fanOut.getByText('1 webhook did not get it').click();
    await way('Lost and found').getByText('is not subscribed to “cargo.weighed”').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    refusing.code = 200;
    await way(hebrew)
      .getByRole('button', { name: `Attempt now: ${hebrew}` })
      .click();
    await way(hebrew).getByText('Delivered').waitFor();

    // A reader is shown all of it, and nothing that changes anything.
    const { organizationId } = dashboard.tenant;
    const reader = await open(
      `events/${events[0]?.id}`,
      await createKey(dashboard.product, { organizationId, role: 'VIEWER' }),
    );
    await reader.getByRole('region', { name: 'Fan-out' }).getByText('Delivered').first().waitFor();
    expect(await reader.getByRole('link', { name: 'Publish again…' }).count()).toBe(0);
    await Promise.all([page.close(), reader.close()]);
  });

  test('replays from its page what failed after it was attempted by hand', async () => {
    const { product, tenant } = dashboard;
    const answer = { code: 503 };
    const closed = await receiverAnswering(answer);
    await product.call(createType, {
      input: { organizationId: tenant.organizationId, name: 'cargo.stuck', schema: { type: 'object' } },
    });
    await createWebhook(product, tenant, {
      name: 'Closed lock',
      url: closed.url,
      eventTypes: ['cargo.stuck'],
      retrySchedule: ['PT1H'],
    });
    const [id = ''] = await put({ type: 'cargo.stuck', data: { crate: 2 } });
    const page = await open(`events/${id}`);
    const way = page.getByRole('region', { name: 'Fan-out' }).getByRole('listitem').filter({ hasText: 'Closed lock' });
    await way.getByRole('button', { name: 'Attempt now: Closed lock' }).click();
    await way.getByText('Failed', { exact: true }).waitFor();
    answer.code = 200;
    await way.getByRole('button', { name: 'Replay to Closed lock' }).click();
    await closed.count(3);
    await way.getByText('Delivered').waitFor();
    expect(closed.received).toHaveLength(3);
    await page.close();
    await closed.close();
  });

  test('leads from an event to its type, also to one of its project alone and from all projects', async () => {
    const { product, tenant } = dashboard;
    await product.call(createType, {
      input: { projectId: tenant.projectId, name: 'cargo.sealed', schema: { type: 'object' } },
    });
    const [id = ''] = await put({ type: 'cargo.sealed', data: {} });
    const page = await dashboard.open(`events/${id}`);
    await page.getByRole('region', { name: 'About this event' }).getByRole('link', { name: 'cargo.sealed' }).click();
    await page.getByRole('button', { name: 'Edit' }).waitFor();
    await page.close();
  });

  test('recovers an event from its page: what failed, what was cancelled and what was missed, and nothing twice', async () => {
    const { product, tenant } = dashboard;
    const answer = { code: 400 };
    const refusing = await receiverAnswering(answer);
    const make = (name: string) =>
      createWebhook(product, tenant, { name, url: refusing.url, eventTypes: ['cargo.found'], retrySchedule: [] });
    await product.call(createType, {
      input: { organizationId: tenant.organizationId, name: 'cargo.found', schema: { type: 'object' } },
    });
    await make('Lighthouse');
    const off = await make('Fog horn');
    const turn = (active: boolean) =>
      product.call('mutation ($input: SetWebhookActiveInput!) { setWebhookActive(input: $input) { webhook { id } } }', {
        input: { id: off, active },
      });
    await turn(false);
    const [id = ''] = await put({ type: 'cargo.found', data: { crate: 1 } });
    await refusing.count(1);
    await turn(true);
    answer.code = 200;
    const page = await open(`events/${id}`);
    const fanOut = page.getByRole('region', { name: 'Fan-out' });
    await fanOut.getByRole('button', { name: 'Recover 2…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Recover this event' });
    await dialog.getByRole('button', { name: 'Recover 2', exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Recover 2', exact: true }).click();
    await fanOut.getByText('Recovered: 2 of 2 sent again').waitFor({ timeout: 60_000 });
    await refusing.count(3);
    const way = (name: string) => fanOut.getByRole('listitem').filter({ hasText: name });
    await way('Fog horn').getByText('Delivered').waitFor();
    await way('Lighthouse').getByText('Delivered').waitFor();
    // There is nothing left to recover, so nothing offers it.
    await fanOut.getByRole('button', { name: /^Recover/ }).waitFor({ state: 'detached' });
    expect(refusing.received).toHaveLength(3);
    await page.close();
    await refusing.close();
  });

  test('says of an event that went nowhere what would have to be subscribed, and of an erased one that it is', async () => {
    const { product, tenant } = dashboard;
    const [id = ''] = await put({
      type: 'cargo.lost',
      data: { found: false },
      labels: [{ key: 'person', value: 'p_1' }],
    });
    await product.call('mutation ($input: EraseEventsInput!) { eraseEvents(input: $input) { erasure { id } } }', {
      input: { organizationId: tenant.organizationId, labels: [{ key: 'person', value: 'p_1' }] },
    });
    const erasedAt = async () =>
      (
        await product.call<{ event: { erasedAt: string | null } }>('query ($id: ID!) { event(id: $id) { erasedAt } }', {
          id,
        })
      ).event.erasedAt;
    await expect.poll(erasedAt, { timeout: 15_000 }).not.toBeNull();
    const page = await open(`events/${id}`);
    await page.getByText('Its content was erased on').waitFor();
    await page.getByText('What was sent is erased, too.').waitFor();
    expect(await page.getByRole('link', { name: 'Publish again…' }).count()).toBe(0);
    await page.close();
    const alone = await dashboard.project('Empty quay');
    const { publishEvents: made } = await product.call<{ publishEvents: { events: { id: string }[] } }>(publishEvents, {
      input: { projectId: alone, events: [{ type: 'cargo.weighed', data: {} }] },
    });
    const nowhere = await dashboard.open(`events/${made.events[0]?.id}?project=${alone}`);
    await nowhere.getByText('No webhook got it.').waitFor();
    await nowhere.getByText('One that is subscribed to “cargo.weighed”').waitFor();
    await nowhere.close();
  });

  test('shows a megabyte of data, on a narrow screen and by keyboard, and says what went wrong where it cannot', async () => {
    const [id = ''] = await put({ type: 'cargo.weighed', data: { text: 'x'.repeat(900_000), small: 7 } });
    const page = await open('events');
    await page.setViewportSize({ width: 360, height: 780 });
    let refuse = true;
    await intercept(page, '**/graphql', async (route) => {
      if (!refuse || !route.request().postData()?.includes('query EventText(')) return route.fallback();
      await route.fulfill({ status: 500, body: 'no' });
    });
    await rows(page).first().getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByText('This could not be loaded').waitFor();
    refuse = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Show all 900,000 characters' }).waitFor();
    expect(new URL(page.url()).pathname).toContain(`/events/${id}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.getByRole('navigation', { name: 'Above this page' }).getByRole('link', { name: 'Events' }).click();
    await rows(page).first().waitFor();
    dashboard.browsing.complaints.length = 0;
    await page.close();
  });
});

describe('publishing by hand', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  const schema = {
    type: 'object',
    required: ['number', 'weight', 'payment', 'lines'],
    additionalProperties: false,
    properties: {
      number: { type: 'string', description: 'As it is printed.', minLength: 2 },
      weight: { type: 'number', minimum: 0 },
      count: { type: 'integer' },
      due: { type: 'string', format: 'date' },
      urgent: { type: 'boolean' },
      size: { enum: ['S', 'M', 'L'] },
      note: { type: ['string', 'null'] },
      address: {
        type: 'object',
        required: ['city'],
        properties: { city: { type: 'string' }, zip: { type: 'string' } },
      },
      lines: {
        type: 'array',
        items: {
          type: 'object',
          required: ['price'],
          properties: { price: { type: 'number' }, title: { type: 'string' } },
        },
      },
      payment: {
        oneOf: [
          {
            title: 'Card',
            required: ['kind', 'last4'],
            properties: { kind: { const: 'card' }, last4: { type: 'string' } },
          },
          {
            title: 'Bank',
            required: ['kind', 'iban'],
            properties: { kind: { const: 'bank' }, iban: { type: 'string' } },
          },
        ],
      },
    },
  };

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    const { product, tenant } = dashboard;
    await product.call(createType, {
      input: {
        projectId: tenant.projectId,
        name: 'parcel.sent',
        schema,
        example: { number: 'P-1', weight: 1.5, lines: [{ price: 2 }], payment: { kind: 'card', last4: '4242' } },
      },
    });
    await createWebhook(product, tenant, {
      name: 'Berth board',
      url: receiver.url,
      profile: 'STANDARD',
      eventTypes: ['parcel.sent'],
    });
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  test('offers only what may be published, after the project where there are several', async () => {
    const page = await dashboard.open('events/publish');
    await page.getByLabel('Where').selectOption('Berth planning');
    const type = page.getByLabel('Event type');
    await type.waitFor();
    expect(await type.locator('option').allInnerTexts()).not.toContain('everhook.webhook.degraded');
    // Nothing is chosen that nobody asked for.
    expect(await type.inputValue()).toBe('');
    await type.selectOption('parcel.sent');
    await page.getByLabel('number', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('type')).toBe('parcel.sent');
    await page.close();
    const { product, tenant } = dashboard;
    const archived =
      'mutation ($input: ArchiveEventTypeInput!) { archiveEventType(input: $input) { eventType { id } } }';
    await product.call(createType, { input: { projectId: tenant.projectId, name: 'parcel.gone', schema: {} } });
    await product.call(archived, { input: { id: 'parcel.gone', projectId: tenant.projectId } });
    const again = await dashboard.open(`events/publish?project=${tenant.projectId}`);
    expect(await again.getByLabel('Event type').locator('option').allInnerTexts()).not.toContain('parcel.gone');
    await again.close();
  });

  test('fills in a form made of the schema, which stays in step with its JSON, and shows what the server refuses at its field', async () => {
    const page = await dashboard.open(`events/publish?project=${dashboard.tenant.projectId}&type=parcel.sent`);
    const form = page.getByRole('region', { name: 'The event' });
    await expect.poll(() => form.getByLabel('number', { exact: true }).inputValue()).toBe('P-1');
    await form.getByText('at least 2 characters').waitFor();
    await form.getByLabel('number', { exact: true }).fill('P');
    await form.getByLabel('weight', { exact: true }).fill('-2');
    await form.getByRole('button', { name: 'Publish' }).click();
    const wrong = form.locator('[aria-invalid="true"]');
    await wrong.first().waitFor();
    await expect.poll(() => wrong.first().evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);
    await form.getByLabel('number', { exact: true }).fill(`${hebrew} ${script}`);
    await form.getByLabel('weight', { exact: true }).fill('heavy');
    await form.getByText('This is not a number').waitFor();
    // As it is written: JavaScript would make 19.90 into 19.9.
    await form.getByLabel('weight', { exact: true }).fill('19.90');

    for (const name of ['count', 'due', 'urgent', 'size', 'note', 'address']) {
      await form.getByLabel('Add a field…', { exact: true }).selectOption(name);
    }
    await form.getByLabel('count', { exact: false }).first().fill('3');
    await form.getByLabel(/^due/).fill('2026-11-28');
    await form.getByLabel(/^urgent/).selectOption('true');
    await form.getByLabel(/^size/).selectOption('L');
    await form.getByLabel('Type of note').selectOption('null');
    await form.getByRole('group', { name: 'address' }).getByLabel('city').fill('Łódź');
    await form.getByRole('button', { name: 'Add an item to lines' }).click();
    await form.getByRole('group', { name: 'lines, item 2' }).getByLabel('price').fill('1e3');
    await form.getByRole('button', { name: 'Move lines, item 2 up' }).click();
    await form.getByLabel('Variant of payment').selectOption('Bank');
    await form.getByLabel('iban').fill('PL61');
    expect(await accessibilityProblems(page)).toEqual([]);

    await form.getByRole('tab', { name: 'JSON' }).click();
    const text = await form.getByLabel('Data').inputValue();
    expect(text).toContain('"weight": 19.90');
    expect(text).toContain('"price": 1e3');
    await form.getByLabel('Data').fill(text.replace('19.90', '20.10').replace('"urgent": true', '"urgent": false'));
    await form.getByRole('tab', { name: 'Form' }).click();
    expect(await form.getByLabel('weight', { exact: true }).inputValue()).toBe('20.10');
    expect(await form.getByLabel(/^urgent/).inputValue()).toBe('false');
    await form.getByRole('tab', { name: 'JSON' }).click();
    await form.getByLabel('Data').fill('{"number": ');
    await form.getByRole('tab', { name: 'Form' }).click();
    await form.getByText('The form comes back once the JSON is valid').waitFor();
    await form.getByRole('button', { name: 'To the JSON' }).click();
    await form.getByLabel('Data').fill(text);

    await form.getByRole('button', { name: 'Add a label' }).click();
    await form.getByLabel('Key 1').fill('Customer!');
    await form.getByLabel('Value 1').fill('c_42');
    await form.getByLabel('Idempotency key').fill('parcel sent by hand');
    await form.getByRole('button', { name: 'Publish' }).click();
    await form
      .getByRole('alert')
      .filter({ hasText: /^labels/ })
      .waitFor();
    await form.getByLabel('Key 1').fill('customer');
    await form.getByRole('button', { name: 'Publish' }).click();
    const fanOut = page.getByRole('region', { name: 'Fan-out' });
    await fanOut.getByRole('listitem').filter({ hasText: 'Berth board' }).getByText('Delivered').waitFor();
    const [received] = await receiver.count(1);
    expect(received?.body).toContain('"weight":19.90');
    expect(received?.body).toContain('"lines":[{"price":1e3},{"price":2}]');
    expect(received?.body).toContain('"payment":{"kind":"bank","iban":"PL61"}');
    expect(JSON.parse(received?.body ?? '').data).toMatchObject({ size: 'L', note: null, due: '2026-11-28', count: 3 });

    await fanOut.getByRole('link', { name: 'parcel.sent' }).click();
    await page.getByText('parcel sent by hand').waitFor();
    await page.getByRole('link', { name: 'Publish again…' }).click();
    await expect.poll(() => form.getByLabel('weight', { exact: true }).inputValue()).toBe('19.90');
    expect(await form.getByLabel('Value 1').inputValue()).toBe('c_42');
    expect(dashboard.browsing.complaints.filter((text) => !text.includes('status of 4'))).toEqual([]);
    await page.close();
  });

  test('works by keyboard alone, on a narrow screen, and keeps what was typed where the server is slow or fails', async () => {
    const page = await dashboard.open(`events/publish?project=${dashboard.tenant.projectId}&type=parcel.sent`);
    await page.setViewportSize({ width: 360, height: 780 });
    const number = page.getByLabel('number', { exact: true });
    await number.focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('P-77');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await intercept(page, '**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation PublishEvents')) return route.fallback();
      await held;
      const errors = [{ message: 'The harbour is closed.', extensions: { code: 'CONFLICT' } }];
      await route.fulfill({ json: { data: null, errors } });
    });
    await page.keyboard.press('Enter');
    const button = page.getByRole('button', { name: 'Publish' });
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('true');
    answer();
    await page.getByText('The harbour is closed.').waitFor();
    expect(await number.inputValue()).toBe('P-77');
    await page.close();
  });

  test('publishes a type without an example, beginning with the least that its schema asks for', async () => {
    const { product, tenant } = dashboard;
    await product.call(createType, {
      input: {
        projectId: tenant.projectId,
        name: 'tree.grown',
        schema: {
          $defs: {
            node: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
            },
          },
          $ref: '#/$defs/node',
        },
      },
    });
    const page = await dashboard.open(`events/publish?project=${tenant.projectId}&type=tree.grown`);
    await page.getByLabel('name', { exact: true }).fill('root');
    await page.getByLabel('Add a field…', { exact: true }).selectOption('children');
    await page.getByRole('button', { name: 'Add an item to children' }).click();
    await page.getByRole('group', { name: 'children, item 1' }).getByLabel('name').fill('leaf');
    await page.getByRole('tab', { name: 'JSON' }).click();
    expect(JSON.parse(await page.getByLabel('Data').inputValue())).toEqual({
      name: 'root',
      children: [{ name: 'leaf' }],
    });
    await page.close();
    await publish(product, tenant, ['issue.created']);
  });
});
