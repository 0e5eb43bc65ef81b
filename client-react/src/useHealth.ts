'use client';

import type { WebhookDetail, WebhookHealth } from '@everhook/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useEverhook } from './EverhookProvider.tsx';
import { type Connection, useWatch } from './useWatch.ts';

/** How a webhook is. */
export interface Health {
  /** Null until it is known. */
  readonly health: WebhookHealth | null;
  /** The webhook as it was when its health last changed; null until it is known. */
  readonly webhook: WebhookDetail | null;
  readonly connection: Connection;
  readonly error: Error | null;
  refresh(): void;
}

/** A webhook's health, live. */
export function useHealth(webhookId: string): Health {
  const client = useEverhook();
  const [known, setKnown] = useState<{ id: string; webhook: WebhookDetail | null; error: Error | null }>({
    id: webhookId,
    webhook: null,
    error: null,
  });
  const running = useRef<AbortController | null>(null);

  const read = useCallback(() => {
    running.current?.abort();
    const ending = new AbortController();
    running.current = ending;
    client.webhooks.get(webhookId, { signal: ending.signal }).then(
      (webhook) => {
        if (!ending.signal.aborted) setKnown({ id: webhookId, webhook, error: null });
      },
      (problem: unknown) => {
        const error = problem instanceof Error ? problem : new Error(String(problem));
        if (!ending.signal.aborted)
          setKnown(({ id, webhook }) => ({ id: webhookId, webhook: id === webhookId ? webhook : null, error }));
      },
    );
  }, [client, webhookId]);

  useEffect(() => {
    read();
    return () => running.current?.abort();
  }, [read]);

  const live = useWatch(webhookId, (options) => client.webhooks.watchHealth({ webhookId }, options), read, read, read);
  const webhook = known.id === webhookId ? known.webhook : null;
  const error = (known.id === webhookId ? known.error : null) ?? live.error;
  return { health: webhook?.health ?? null, webhook, connection: live.connection, error, refresh: read };
}
