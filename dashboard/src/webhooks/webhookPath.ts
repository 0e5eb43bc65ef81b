/** The parts of a webhook's page; the first needs no name in the address. */
export const tabs = ['overview', 'deliveries', 'settings', 'secrets', 'request'] as const;
export type Tab = (typeof tabs)[number];

/** The address of a webhook's page, within a scope. */
export const webhookPath = (id: string, tab: Tab = 'overview'): string =>
  `webhooks/${encodeURIComponent(id)}${tab === 'overview' ? '' : `?tab=${tab}`}`;
