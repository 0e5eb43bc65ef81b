import type { Webhook } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Confirm } from '../design/Dialogs.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { exactTime } from '../time/Time.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { profileTexts } from './profiles.ts';
import { putWebhook, webhooksChanged } from './queries.ts';
import { useReveal } from './Reveals.tsx';

interface ActionDialogProps {
  readonly webhook: Webhook;
  readonly action: 'reEnable' | 'resume' | 'rotate' | 'retire' | 'extend' | 'delete';
  onClose(): void;
  /** Called once it is gone. */
  onDeleted?(): void;
}

/** How much an extension adds, as the server has it. */
const extensionMs = 24 * 3_600_000;

/** Asks before each action of a webhook, and names its effect. */
export function ActionDialog({ webhook, action, onClose, onDeleted }: ActionDialogProps) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const toast = useToast();
  const reveal = useReveal();
  const { id, name, retiringSecretUntil } = webhook;
  // What waits and what is held is counted for those who decide.
  const { data: detail } = useQuery({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => client.webhooks.get(id, { signal }),
    enabled: action === 'resume' || action === 'delete',
  });
  const held = detail?.heldCount ?? 0;
  const waiting = held + (detail?.retryWorkflow?.waiting ?? 0);
  const after = async (text: string, changed?: Webhook) => {
    if (changed) putWebhook(queries, changed);
    await webhooksChanged(queries, id);
    toast(text);
  };
  const asked = { title: t(`confirm.${action}.title`, { name }), action: t(`confirm.${action}.action`), onClose };

  switch (action) {
    case 'reEnable':
      return (
        <Confirm
          {...asked}
          onConfirm={async () => {
            const changed = await client.webhooks.reEnable(id);
            await after(
              t('confirm.reEnable.done', { name }),
              webhook.active ? changed : await client.webhooks.setActive(id, true),
            );
          }}
        >
          {t('confirm.reEnable.text')} {!webhook.active && t('confirm.reEnable.alsoOn')}
        </Confirm>
      );
    case 'resume':
      return (
        <Confirm
          {...asked}
          onConfirm={async () => after(t('confirm.resume.done', { name }), await client.webhooks.resume(id))}
        >
          {t('confirm.resume.text', { count: held, n: countText(held) })}
        </Confirm>
      );
    case 'rotate':
      return (
        <Confirm
          {...asked}
          onConfirm={async () => {
            const fresh = await client.webhooks.rotateSecret(id);
            const { retiringSecretUntil: until } = fresh;
            reveal({
              title: t('secret.title', { name }),
              values: { [t('secret.label')]: fresh.secret },
              note: (
                <p className="muted">
                  {until ? t('secret.oldSigns', { time: exactTime(until) }) : t('secret.oldEnds')}
                </p>
              ),
            });
            // A secret that is shown once must not wait for a list.
            void webhooksChanged(queries, id);
          }}
        >
          {profileTexts[webhook.profile].rotation === 'window'
            ? t('confirm.rotate.window')
            : t('confirm.rotate.cutover')}
        </Confirm>
      );
    case 'retire':
      return (
        <Confirm
          {...asked}
          danger
          onConfirm={async () => after(t('confirm.retire.done', { name }), await client.webhooks.retireSecret(id))}
        >
          {t('confirm.retire.text')}
        </Confirm>
      );
    case 'extend': {
      const before = retiringSecretUntil ?? '';
      const later = new Date(Date.parse(before) + extensionMs).toISOString();
      return (
        <Confirm
          {...asked}
          onConfirm={async () => {
            const changed = await client.webhooks.extendRetiringSecret(id);
            await after(
              t('confirm.extend.done', { name, time: exactTime(changed.retiringSecretUntil ?? later) }),
              changed,
            );
          }}
        >
          {t('confirm.extend.text', { before: exactTime(before), after: exactTime(later) })}
        </Confirm>
      );
    }
    case 'delete':
      return (
        <Confirm
          {...asked}
          danger
          onConfirm={async () => {
            await client.webhooks.delete(id);
            onDeleted?.();
            await after(t('confirm.delete.done', { name }));
          }}
        >
          {t('confirm.delete.text')}{' '}
          {waiting > 0 && t('confirm.delete.waiting', { count: waiting, n: countText(waiting) })}
        </Confirm>
      );
  }
}
