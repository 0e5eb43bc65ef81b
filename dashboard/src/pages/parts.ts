import type { ComponentType } from 'react';
import type { Area } from '../words/areas.ts';
import { loadWords } from '../words/start.ts';

/** Of a page with an id: `webhooks/wh_1` gives its item `wh_1`. */
export interface ItemProps {
  readonly id: string;
}

export type Load = () => Promise<{ readonly default: ComponentType<ItemProps> }>;

/** What a place of the navigation shows: a list, and where it has them, a page for each of its items. */
export interface Part {
  readonly list: Load;
  readonly item?: Load;
}

/** A component together with the words of these areas: they load side by side. */
const withWords =
  <Loaded>(areas: readonly Area[], load: () => Promise<Loaded>): (() => Promise<Loaded>) =>
  async () => {
    const [loaded] = await Promise.all([load(), loadWords(...areas)]);
    return loaded;
  };

/** How far the deletion of an organization is. */
export const deletion: Load = withWords(['settings'], () => import('../settings/DeletionPage.tsx'));

/** One component for both: a delivery opens over the list, which stays as it is. */
const deliveries = withWords(['deliveries'], () => import('../deliveries/DeliveriesPage.tsx'));

/** What Ctrl K opens, on every page. */
export const palette = withWords(['palette'], () => import('../palette/Palette.tsx'));

/** By the name of the place, which is the first part of its address. */
export const parts: Readonly<Record<string, Part>> = {
  tenants: { list: withWords(['tenants'], () => import('../tenants/TenantsPage.tsx')) },
  overview: { list: withWords(['overview'], () => import('../overview/OverviewPage.tsx')) },
  webhooks: {
    list: withWords(['webhooks', 'catalogue'], () => import('../webhooks/WebhooksPage.tsx')),
    item: withWords(['webhooks', 'catalogue', 'deliveries', 'overview'], () => import('../webhook/WebhookPage.tsx')),
  },
  deliveries: { list: deliveries, item: deliveries },
  events: {
    list: withWords(['events', 'catalogue', 'deliveries'], () => import('../events/EventsPage.tsx')),
    item: withWords(['events', 'catalogue', 'deliveries'], () => import('../events/EventItem.tsx')),
  },
  catalogue: {
    list: withWords(['catalogue', 'deliveries', 'settings'], () => import('../catalogue/CataloguePage.tsx')),
    item: withWords(['catalogue', 'deliveries', 'settings'], () => import('../catalogue/TypePage.tsx')),
  },
  inbound: { list: withWords(['inbound', 'webhooks'], () => import('../inbound/InboundPage.tsx')) },
  settings: { list: withWords(['settings', 'access', 'webhooks'], () => import('../settings/SettingsPage.tsx')) },
};

/** Whether a page's items open over its list, instead of in its place. */
export const opensOver = (page: string): boolean => parts[page] !== undefined && parts[page].item === parts[page].list;
