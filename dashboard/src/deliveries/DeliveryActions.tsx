import type { DeliveryDetail } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { RefreshIcon, SendIcon } from '../design/icons.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import styles from './deliveries.module.css';

/** The actions on a delivery: a waiting one is retried now, a finished one is sent again. */
export function DeliveryActions({ delivery, onOpen }: { readonly delivery: DeliveryDetail; onOpen(id: string): void }) {
  const { client } = useSession();
  const { may } = useScope();
  const toast = useToast();
  const queries = useQueryClient();
  const [key] = useState(newKey);
  const retrying = useMutation({
    mutationFn: () => client.deliveries.retry(delivery.id),
    onSuccess: () => toast('It is attempted now.'),
    onError: (error) => toast(messageOf(error)),
  });
  const replaying = useMutation({
    mutationFn: () => client.deliveries.replay(delivery.id, { idempotencyKey: key }),
    onSuccess: (fresh) => {
      toast('It is sent again, as a new delivery.');
      // The original now links to its replay.
      void queries.invalidateQueries({ queryKey: ['delivery', delivery.id] });
      onOpen(fresh.id);
    },
    onError: (error) => toast(messageOf(error)),
  });
  if (!may('DELIVERY_REPLAY') || delivery.direction === 'INBOUND') return null;
  const ended = delivery.completedAt !== null && delivery.completedAt !== undefined;
  return (
    <div className={`${styles.bar} ${styles.section}`}>
      {delivery.status === 'RETRYING' && (
        <Button disabled={retrying.isPending} onClick={() => retrying.mutate()}>
          <SendIcon /> Attempt now
        </Button>
      )}
      {ended && (
        <Button disabled={replaying.isPending} onClick={() => replaying.mutate()}>
          <RefreshIcon /> Replay
        </Button>
      )}
    </div>
  );
}
