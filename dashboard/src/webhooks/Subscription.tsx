import type { Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { EventTypePicker } from './EventTypePicker.tsx';
import { putWebhook, useEventTypes, webhooksChanged } from './queries.ts';
import styles from './webhooks.module.css';

/** The webhook's event types, saved as they are ticked. */
export function Subscription({ webhook, disabled }: { readonly webhook: Webhook; readonly disabled: boolean }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const types = useEventTypes(webhook.project?.id ?? null);
  // The last click's choice until it is saved: results of earlier clicks, or of fetches, must not undo it.
  const [wanted, setWanted] = useState<readonly string[] | null>(null);
  const save = useMutation({
    // One save after the other, so that the last click wins.
    scope: { id: `subscription:${webhook.id}` },
    mutationFn: (eventTypes: string[]) => client.webhooks.update(webhook.id, { eventTypes }),
    onMutate: setWanted,
    onSuccess: (changed) => putWebhook(queries, changed),
    onSettled: (_changed, _error, eventTypes) => {
      // An older list would undo this, and the next click with it, so it is refetched.
      void webhooksChanged(queries);
      setWanted((now) => (now === eventTypes ? null : now));
    },
  });
  return (
    <div className={styles.subscription}>
      <span className="visually-hidden" role="status">
        {save.isPending ? t('saving') : save.isSuccess ? t('saved') : ''}
      </span>
      {save.isError && <Notice tone="bad">{messageOf(save.error)}</Notice>}
      <EventTypePicker
        types={types}
        saving={save.isPending ? 'saving' : save.isSuccess ? 'saved' : save.isError ? 'failed' : 'idle'}
        selected={wanted ?? webhook.eventTypes}
        disabled={disabled}
        onChange={save.mutate}
      />
    </div>
  );
}
