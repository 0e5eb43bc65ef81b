import type { Webhook } from '@everhook/sdk';
import { Button } from '../design/Button.tsx';
import { SendIcon } from '../design/icons.tsx';
import { useOpenAction } from '../webhooks/ActionDialogs.tsx';
import { HealthBadge } from '../webhooks/HealthBadge.tsx';
import { useOffered } from '../webhooks/useOffered.ts';
import { WebhookMenu } from '../webhooks/WebhookMenu.tsx';
import { WebhookSwitch } from '../webhooks/WebhookSwitch.tsx';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

/** A webhook's state and what can be done about it; the most likely has a button of its own. */
export function HeadActions({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const open = useOpenAction();
  const may = useOffered(webhook);
  const first = (['reEnable', 'resume', 'pause'] as const).find((action) => may.has(action));
  return (
    <div className={styles.head}>
      <HealthBadge webhook={webhook} />
      <WebhookSwitch webhook={webhook} />
      <span className={styles.grow} />
      {may.has('test') && (
        <Button data-icon onClick={() => open(webhook, 'test')}>
          <SendIcon /> {t('actions.test')}
        </Button>
      )}
      {first && (
        <Button look={first === 'pause' ? 'normal' : 'primary'} onClick={() => open(webhook, first)}>
          {t(`actions.${first}`)}
        </Button>
      )}
      <WebhookMenu webhook={webhook} leads={false} without={['test', ...(first ? [first] : [])]} />
    </div>
  );
}
