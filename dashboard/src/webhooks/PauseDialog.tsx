import type { Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { TextField } from '../design/Field.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { putWebhook, webhooksChanged } from './queries.ts';
import styles from './webhooks.module.css';

/** Pauses a webhook, with the reason that others see. */
export function PauseDialog({ webhook, onClose }: { readonly webhook: Webhook; onClose(): void }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const toast = useToast();
  const formId = useId();
  const [reason, setReason] = useState('');
  const { id, name } = webhook;
  const pause = useMutation({
    mutationFn: () => client.webhooks.pause(id, reason.trim() === '' ? undefined : reason.trim()),
    onSuccess: async (changed) => {
      putWebhook(queries, changed);
      await webhooksChanged(queries, id);
      toast(t('confirm.pause.done', { name }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('confirm.pause.title', { name })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={formId} look="primary" aria-disabled={pause.isPending}>
            {t('confirm.pause.action')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!pause.isPending) pause.mutate();
        }}
      >
        <p>{t('confirm.pause.text')}</p>
        <TextField
          label={t('confirm.pause.reason')}
          hint={t('confirm.pause.reasonHint')}
          optional
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        {pause.isError && <Notice tone="bad">{messageOf(pause.error)}</Notice>}
      </form>
    </Dialog>
  );
}
