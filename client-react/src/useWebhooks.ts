'use client';

import type { Webhook, WebhookFilter } from '@everhook/sdk';
import { useEverhook } from './EverhookProvider.tsx';
import { type Paged, usePages } from './usePages.ts';
import { useWatch } from './useWatch.ts';

/** Which webhooks, and how many at a time. */
export interface UseWebhooksOptions extends Omit<WebhookFilter, 'signal'> {
  /** 1 to 100. @default 50 */
  readonly pageSize?: number | undefined;
  /** Whether the list is loaded again when the health of one of them changes. @default true */
  readonly live?: boolean | undefined;
}

/** Webhooks that the client may see, newest first: all, or a project's or an organization's. */
export function useWebhooks({ pageSize = 50, live = true, ...filter }: UseWebhooksOptions = {}): Paged<Webhook> {
  const client = useEverhook();
  const key = JSON.stringify(filter);
  const pages = usePages(key, pageSize, (signal) => client.webhooks.list({ ...filter, signal }));
  const { organizationId, projectId } = filter;
  useWatch(
    live ? key : null,
    (options) => client.webhooks.watchHealth({ organizationId, projectId }, options),
    pages.refresh,
    pages.refresh,
    pages.refresh,
  );
  return pages;
}
