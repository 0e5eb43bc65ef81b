import type { Webhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../session/session.tsx';
import { boundText, countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { type BulkAction, forEach } from './bulk.ts';

const perCall = 100;

/** How much an action moves in all, in words: counted before it is done. Null where there is nothing to count. */
export function useBulkCount(
  action: BulkAction,
  webhooks: readonly Webhook[],
  since: Date | undefined,
  enabled: boolean,
): string | null {
  const { client } = useSession();
  const t = useWords('webhooks');
  const [counted, setCounted] = useState(0);
  const counts = action === 'recover' || action === 'resume';
  const { data } = useQuery({
    queryKey: ['bulkCount', action, since?.getTime() ?? null, webhooks.map(({ id }) => id)],
    queryFn: async ({ signal }) => {
      let count = 0;
      let isAtLeast = false;
      if (action === 'resume') {
        for (let at = 0; at < webhooks.length; at += perCall) {
          const ids = webhooks.slice(at, at + perCall).map(({ id }) => id);
          for (const { heldCount } of await client.webhooks.activity(ids, { signal })) count += heldCount;
        }
        return { count, isAtLeast };
      }
      const ofOne = async ({ id }: Webhook) => {
        const found = await client.recoveries.recoverable({ webhookId: id, since }, { signal });
        count += found.total;
        isAtLeast ||= found.isAtLeast;
      };
      const { failures } = await forEach(webhooks, ofOne, signal, ({ done }) => setCounted(done));
      return { count, isAtLeast: isAtLeast || failures.length > 0 };
    },
    enabled: enabled && counts && webhooks.length > 0,
    staleTime: 30_000,
  });
  if (!counts || webhooks.length === 0) return null;
  if (!data)
    return t('bulk.counting', {
      done: countText(action === 'recover' ? counted : 0),
      total: countText(webhooks.length),
    });
  const n = boundText(data.count, data.isAtLeast);
  return action === 'resume'
    ? t('bulk.held', { count: data.count, n })
    : t('bulk.recoverable', { count: data.count, n });
}
