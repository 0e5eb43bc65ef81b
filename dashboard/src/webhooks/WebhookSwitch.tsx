import type { Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { Switch } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { useOpenAction } from './ActionDialogs.tsx';
import { putWebhook, webhooksChanged } from './queries.ts';
import { getsEvents, switchAction } from './standing.ts';
import { useOffered } from './useOffered.ts';

/** Switches a webhook on and off: it shows whether events come to it. One that is disabled is re-enabled, which asks first. */
export function WebhookSwitch({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const toast = useToast();
  const open = useOpenAction();
  const action = switchAction(webhook);
  const may = useOffered(webhook).has(action);
  const setActive = useMutation({
    mutationFn: (active: boolean) => client.webhooks.setActive(webhook.id, active),
    onMutate: async (active) => {
      // The list being fetched is older than this change.
      await queries.cancelQueries({ queryKey: ['webhooks'] });
      putWebhook(queries, { ...webhook, active });
      return webhook;
    },
    onSuccess: (changed) => putWebhook(queries, changed),
    onError: (error, _active, before) => {
      if (before) putWebhook(queries, before);
      toast(messageOf(error));
    },
    onSettled: () => void webhooksChanged(queries, webhook.id),
  });
  return (
    <Switch
      label={t('isActive', { name: webhook.name })}
      checked={getsEvents(webhook)}
      disabled={!may}
      onChange={(active) => (action === 'reEnable' ? open(webhook, 'reEnable') : setActive.mutate(active))}
    />
  );
}
