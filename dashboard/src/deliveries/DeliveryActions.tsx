import type { DeliveryDetail } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { CloseIcon, RefreshIcon, SendIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { hasEnded, waits } from './status.ts';

/** The actions on a delivery: a waiting one is retried now or cancelled, a finished one is sent again. */
export function DeliveryActions({ delivery, onOpen }: { readonly delivery: DeliveryDetail; onOpen(id: string): void }) {
  const { client } = useSession();
  const { may } = useScope();
  const t = useWords('deliveries');
  const toast = useToast();
  const queries = useQueryClient();
  const [key] = useState(newKey);
  const [asks, setAsks] = useState(false);
  const renew = () => queries.invalidateQueries({ queryKey: ['delivery', delivery.id] });
  const retrying = useMutation({
    mutationFn: () => client.deliveries.retry(delivery.id),
    onSuccess: () => {
      toast(t('retry.done'));
      void renew();
    },
    onError: (error) => toast(messageOf(error)),
  });
  const replaying = useMutation({
    mutationFn: () => client.deliveries.replay(delivery.id, { idempotencyKey: key }),
    onSuccess: (fresh) => {
      toast(t('replay.one'));
      // The original now links to its replay.
      void renew();
      onOpen(fresh.id);
    },
    onError: (error) => toast(messageOf(error)),
  });
  if (!may('DELIVERY_REPLAY')) return null;
  const ended = hasEnded(delivery);
  const { noReplayBecause } = delivery;
  if (noReplayBecause && (ended || delivery.direction === 'INBOUND')) {
    return (
      <div className={styles.section}>
        <Notice>{noReplayBecause}</Notice>
      </div>
    );
  }
  return (
    <div className={`${styles.bar} ${styles.section}`}>
      {delivery.status === 'RETRYING' && (
        <Button disabled={retrying.isPending} onClick={() => retrying.mutate()}>
          <SendIcon /> {t('retry.action')}
        </Button>
      )}
      {waits(delivery.status) && (
        <Button onClick={() => setAsks(true)}>
          <CloseIcon /> {t('cancel.action')}
        </Button>
      )}
      {ended && (
        <Button disabled={replaying.isPending} onClick={() => replaying.mutate()}>
          <RefreshIcon /> {t('replay.action')}
        </Button>
      )}
      {asks && (
        <Confirm
          title={t('cancel.title')}
          action={t('cancel.action')}
          danger
          onConfirm={async () => {
            await client.deliveries.cancel(delivery.id);
            toast(t('cancel.done'));
            void renew();
          }}
          onClose={() => setAsks(false)}
        >
          {t('cancel.text')}
        </Confirm>
      )}
    </div>
  );
}
