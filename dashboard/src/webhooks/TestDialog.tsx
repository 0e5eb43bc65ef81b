import type { Webhook } from '@everhook/sdk';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { SendIcon } from '../design/icons.tsx';
import { useWords } from '../words/words.ts';
import { useSendTest } from './useSendTest.tsx';

/** Sends tests of a webhook from where there is no room for their results. */
export function TestDialog({ webhook, onClose }: { readonly webhook: Webhook; onClose(): void }) {
  const t = useWords('webhooks');
  const { send, isSending, result } = useSendTest(webhook);
  return (
    <Dialog
      title={t('test.title', { name: webhook.name })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('close')}</Button>
          <Button look="primary" disabled={isSending} onClick={send}>
            <SendIcon /> {result && !isSending ? t('test.again') : t('actions.test')}
          </Button>
        </>
      }
    >
      {result}
    </Dialog>
  );
}
