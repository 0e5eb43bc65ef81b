import type { Webhook } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { Confirm } from '../design/Dialogs.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { Ago } from '../time/Time.tsx';
import { profileTexts } from './profiles.ts';
import { useReveal } from './Reveals.tsx';

export type WebhookAction = 'reEnable' | 'rotate' | 'retire' | 'extend' | 'delete';

interface ActionDialogProps {
  readonly webhook: Webhook;
  readonly action: WebhookAction;
  onClose(): void;
}

/** Asks before each action of a webhook, and names its effect. */
export function ActionDialog({ webhook, action, onClose }: ActionDialogProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const reveal = useReveal();
  const { id, name } = webhook;
  const after = async (text: string) => {
    await queries.invalidateQueries({ queryKey: ['webhooks'] });
    toast(text);
  };

  switch (action) {
    case 'reEnable':
      return (
        <Confirm
          title={`Re-enable ${name}?`}
          action="Re-enable"
          onConfirm={async () => {
            await client.webhooks.reEnable(id);
            await after(`${name} is enabled again.`);
          }}
          onClose={onClose}
        >
          It gets events again from now on, and its count of failures begins at nothing. What failed or was cancelled is
          not sent by itself, and neither are events that were published meanwhile: recover them from its menu.
        </Confirm>
      );
    case 'rotate':
      return (
        <Confirm
          title={`Rotate the secret of ${name}?`}
          action="Rotate secret"
          onConfirm={async () => {
            const fresh = await client.webhooks.rotateSecret(id);
            const { retiringSecretUntil } = fresh;
            reveal({
              title: `New secret of ${name}`,
              values: { 'Signing secret': fresh.secret },
              note: (
                <p className="muted">
                  {retiringSecretUntil ? (
                    <>
                      The old secret signs as well, and retires <Ago time={retiringSecretUntil} />.
                    </>
                  ) : (
                    'The old secret signs no more.'
                  )}
                </p>
              ),
            });
            // A secret that is shown once must not wait for a list.
            void queries.invalidateQueries({ queryKey: ['webhooks'] });
          }}
          onClose={onClose}
        >
          {profileTexts[webhook.profile].rotation === 'window'
            ? 'A new secret signs at once. The old one signs beside it for 24 hours, so that the receiver can change over without missing anything.'
            : 'A new secret signs at once, and the old one signs no more: until the receiver has the new one, it will refuse deliveries.'}
        </Confirm>
      );
    case 'retire':
      return (
        <Confirm
          title={`Retire the old secret of ${name} now?`}
          action="Retire now"
          danger
          onConfirm={async () => {
            await client.webhooks.retireSecret(id);
            await after(`The old secret of ${name} has retired.`);
          }}
          onClose={onClose}
        >
          From now on the new secret alone signs. A receiver that still verifies with the old one will refuse
          deliveries.
        </Confirm>
      );
    case 'extend':
      return (
        <Confirm
          title={`Give the old secret of ${name} more time?`}
          action="Extend by 24 hours"
          onConfirm={async () => {
            await client.webhooks.extendRetiringSecret(id);
            await after(`The old secret of ${name} has 24 hours more.`);
          }}
          onClose={onClose}
        >
          The old secret signs beside the new one for 24 hours more. This can be done once.
        </Confirm>
      );
    case 'delete':
      return (
        <Confirm
          title={`Delete ${name}?`}
          action="Delete webhook"
          danger
          onConfirm={async () => {
            await client.webhooks.delete(id);
            await after(`${name} was deleted.`);
          }}
          onClose={onClose}
        >
          It gets nothing from now on: deliveries that are waiting are cancelled, and its secret is gone. Its log stays.
        </Confirm>
      );
  }
}
