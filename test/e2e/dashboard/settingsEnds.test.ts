import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  signedIn,
  startDashboard,
} from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';
import { tokenOf } from '../../support/userTokens.ts';

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

describe('what the settings change, end and erase', () => {
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

  const open = (tab: string) => dashboard.open(`settings?tab=${tab}`);
  const entry = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text }).first();

  test('the audit log names what it is about and leads there; what is gone keeps its last name', async () => {
    const { product, tenant } = dashboard;
    const id = await createWebhook(product, tenant, { name: 'Berth board', url: receiver.url });
    await product.call('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }', {
      input: { id, name: 'Quay board' },
    });
    const page = await open('audit');
    await entry(page, 'Webhook changed').getByRole('link', { name: 'Quay board' }).click();
    await page.waitForURL(new RegExp(`/webhooks/${id}`));
    await page.goBack();
    await entry(page, 'Webhook created').getByRole('link', { name: 'Quay board' }).waitFor();
    await entry(page, 'Project created').getByRole('link', { name: 'Berth planning' }).waitFor();
    await product.call('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
    await page.reload();
    await entry(page, 'Webhook deleted').getByText('Quay board').waitFor();
    await entry(page, 'Webhook created').getByText('Deleted', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });

  test('who was added to an organization leaves it, whatever they may do there', async () => {
    const { organizationId } = dashboard.tenant;
    const userId = 'asked by nobody';
    await dashboard.product.call('mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
      input: { organizationId, userId, role: 'VIEWER' },
    });
    const page = await dashboard.open('settings?tab=organization', await tokenOf(userId));
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Leave organization' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Leave organization' }).click();
    await page.getByText(userId).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    await page.close();
  });

  test('a project is renamed, and deleted by its name; whoever comes back finds how far that is, and then the receipt', async () => {
    await dashboard.project('Crane planning');
    const page = await open('projects');
    await page.getByRole('button', { name: 'Change Crane planning' }).click();
    const change = page.getByRole('dialog', { name: 'Change Crane planning' });
    await change.getByLabel('Name').fill('Quay planning');
    await change.getByLabel('External id').fill('acme-quay');
    await change.getByRole('button', { name: 'Save project' }).click();
    await row(page, 'Quay planning').getByText('acme-quay').waitFor();

    await page.getByRole('button', { name: 'Delete Quay planning…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete Quay planning?' });
    await dialog.getByLabel('To confirm, type its name').fill('Berth planning');
    await dialog.getByRole('button', { name: 'Delete project' }).click();
    await page.getByRole('alert').filter({ hasText: 'This is not its name. Nothing was deleted.' }).waitFor();
    await dialog.getByLabel('To confirm, type its name').fill('Quay planning');
    await dialog.getByRole('button', { name: 'Delete project' }).click();
    const progress = page.getByRole('region', { name: 'Deletion of a project' });
    await progress.waitFor();
    await row(page, 'Quay planning').waitFor({ state: 'detached' });
    // Away and back, by the address alone.
    const address = page.url();
    expect(address).toContain('deletion=');
    await page.goto(`${dashboard.product.url}/o/${dashboard.tenant.organizationId}/webhooks`);
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.goto(address);
    await progress.getByText('Finished', { exact: true }).waitFor({ timeout: 60_000 });
    await progress.getByText('Receipt: rows by table').click();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });

  test('events are erased by a label, and a receipt without content stays', async () => {
    const { product, tenant } = dashboard;
    const { eventTypes } = await product.call<{ eventTypes: { name: string; example: unknown }[] }>(
      'query ($projectId: ID) { eventTypes(projectId: $projectId) { name example } }',
      { projectId: tenant.projectId },
    );
    const data = eventTypes.find(({ name }) => name === 'case.created')?.example;
    await product.call('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
      input: {
        projectId: tenant.projectId,
        events: [1, 2].map(() => ({ type: 'case.created', data, labels: [{ key: 'customer', value: 'c_42' }] })),
      },
    });
    await publish(product, tenant, ['case.created']);
    const page = await open('erasures');
    await page.getByText('Nothing was erased yet').waitFor();
    await page.getByRole('button', { name: 'Erase events…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Erase events' });
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await page.getByRole('alert').filter({ hasText: 'Write at least one label as key=value.' }).waitFor();
    await dialog.getByLabel('Labels').fill('customer=c_42');
    await dialog.getByLabel('To confirm').fill('erase');
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    const receipt = page.getByRole('region', { name: 'Receipt of an erasure' });
    await receipt.getByText('Events erased: 2.').waitFor({ timeout: 60_000 });
    await row(page, 'Labels: customer').getByText('Finished').waitFor();
    await page.close();
  });

  test('events are erased by their ids, and by no id but theirs', async () => {
    const { product, tenant } = dashboard;
    await publish(product, tenant, ['case.created', 'case.created', 'case.created']);
    const { events } = await product.call<{ events: { edges: { node: { id: string } }[] } }>(
      'query ($projectId: ID) { events(projectId: $projectId, first: 3) { edges { node { id } } } }',
      { projectId: tenant.projectId },
    );
    const [first = '', second = '', kept = ''] = events.edges.map(({ node }) => node.id);
    const page = await open('erasures');
    await page.getByRole('button', { name: 'Erase events…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Erase events' });
    await dialog.getByLabel('Which events').selectOption('Those with these ids');
    await dialog.getByLabel('To confirm').fill('erase');
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await dialog.getByText('Name at least one event.').waitFor();
    await dialog.getByLabel('Ids of events').fill(`${first}\n\n  ${second}  `);
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    const receipt = page.getByRole('region', { name: 'Receipt of an erasure' });
    await receipt.getByText('Events erased: 2.').waitFor({ timeout: 60_000 });
    await row(page, 'Ids of events').getByText('Finished').waitFor();
    const erased = async (id: string) => {
      const { event } = await product.call<{ event: { erasedAt: string | null } }>(
        'query ($id: ID!) { event(id: $id) { erasedAt } }',
        { id },
      );
      return event.erasedAt !== null;
    };
    expect(await Promise.all([first, second, kept].map(erased))).toEqual([true, true, false]);
    await page.close();
  });

  test('an organization is renamed, and deleted with its progress beyond its own end', async () => {
    const { product } = dashboard;
    const { createOrganization } = await product.call<{ createOrganization: { organization: { id: string } } }>(
      'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
      { input: { name: 'Night Harbour' } },
    );
    const path = `/o/${createOrganization.organization.id}/settings?tab=organization`;
    const page = await signedIn(dashboard.browsing.context, product.url, product.operatorKey, path);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const change = page.getByRole('dialog', { name: 'Change Night Harbour' });
    await change.getByLabel('Name').fill('Day Harbour');
    await change.getByRole('button', { name: 'Save organization' }).click();
    await page.getByRole('region', { name: 'Organization', exact: true }).getByText('Day Harbour').waitFor();
    await page.getByRole('button', { name: 'Delete organization' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete Day Harbour?' });
    await dialog.getByLabel('To confirm, type its name').fill('Day Harbour');
    await dialog.getByRole('button', { name: 'Delete organization' }).click();
    await page.waitForURL(/\/deletions\//);
    const progress = page.getByRole('region', { name: 'Deletion of an organization' });
    await progress.getByText('Finished', { exact: true }).waitFor({ timeout: 60_000 });
    await page.reload();
    await progress.getByText('Finished', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });
});
