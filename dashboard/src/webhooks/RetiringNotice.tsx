import type { Webhook } from '@everhook/sdk';
import { Button } from '../design/Button.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { useOpenAction } from './ActionDialogs.tsx';
import { useOffered } from './useOffered.ts';
import styles from './webhooks.module.css';

/** While two secrets sign: until when exactly, and what can be done about it. */
export function RetiringNotice({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const open = useOpenAction();
  const may = useOffered(webhook);
  if (!webhook.retiringSecretUntil) return null;
  return (
    <Notice tone="warn">
      {t('secret.both', { time: exactTime(webhook.retiringSecretUntil) })}
      <div className={styles.choices}>
        {(['retire', 'extend'] as const).map(
          (action) =>
            may.has(action) && (
              <Button key={action} small onClick={() => open(webhook, action)}>
                {t(`actions.${action}`)}
              </Button>
            ),
        )}
      </div>
    </Notice>
  );
}
