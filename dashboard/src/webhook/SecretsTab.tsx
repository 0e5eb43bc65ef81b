import type { LiveSecret, Webhook } from '@everhook/sdk';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { Badge, Card, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { exactTime } from '../time/Time.tsx';
import { useOpenAction } from '../webhooks/ActionDialogs.tsx';
import { profileTexts } from '../webhooks/profiles.ts';
import { RetiringNotice } from '../webhooks/RetiringNotice.tsx';
import { useOffered } from '../webhooks/useOffered.ts';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

/** A webhook's secrets: which sign, until when, and what can be done to them. */
export function SecretsTab({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const open = useOpenAction();
  const may = useOffered(webhook);
  const { rotation, revealable } = profileTexts[webhook.profile];
  const [asking, setAsking] = useState(false);
  // Here alone, and gone with the tab: no cache holds a secret. They are those of one moment, which a change ends.
  const [shown, setShown] = useState<{ readonly of: string; readonly secrets: readonly LiveSecret[] } | null>(null);
  const moment = `${webhook.id} ${webhook.updatedAt} ${webhook.retiringSecretUntil}`;
  const secrets = shown?.of === moment ? shown.secrets : null;
  if (!webhook.hasSecret) {
    return (
      <Card className={styles.section} aria-label={t('tabs.secrets')}>
        <h2>{t('tabs.secrets')}</h2>
        <p>{t('secrets.none')}</p>
      </Card>
    );
  }
  return (
    <Card className={styles.section} aria-label={t('tabs.secrets')}>
      <div className={styles.sectionhead}>
        <h2>{t('tabs.secrets')}</h2>
        {secrets && (
          <Button small onClick={() => setShown(null)}>
            {t('secrets.hide')}
          </Button>
        )}
        {!secrets && may.has('reveal') && (
          <Button small onClick={() => setAsking(true)}>
            {t('actions.reveal')}
          </Button>
        )}
        {may.has('rotate') && (
          <Button small onClick={() => open(webhook, 'rotate')}>
            {t('actions.rotate')}
          </Button>
        )}
      </div>
      <ul className={styles.secrets}>
        {(['ACTIVE', 'RETIRING'] as const).map((state) => {
          if (state === 'RETIRING' && !webhook.retiringSecretUntil) return null;
          const secret = secrets?.find((each) => each.state === state);
          return (
            <li key={state}>
              <Badge tone={state === 'ACTIVE' ? 'good' : 'warn'}>{t(`secrets.${state}`)}</Badge>
              <code>{secret?.secret ?? '••••••••••••••••'}</code>
              {secret && <CopyButton text={secret.secret} label={t('secrets.copy')} square />}
              <span className="muted">
                {state === 'RETIRING' && webhook.retiringSecretUntil
                  ? t('secrets.until', { time: exactTime(webhook.retiringSecretUntil) })
                  : secret
                    ? t('secrets.made', { time: exactTime(secret.createdAt) })
                    : t('secrets.signs')}
              </span>
            </li>
          );
        })}
      </ul>
      <RetiringNotice webhook={webhook} />
      {!revealable && <Notice>{t('secrets.never')}</Notice>}
      <p className="muted">{t(`secrets.rotation.${rotation}`)}</p>
      {asking && (
        <Confirm
          title={t('secrets.ask', { name: webhook.name })}
          action={t('secrets.show')}
          onConfirm={async () => setShown({ of: moment, secrets: await client.webhooks.revealSecrets(webhook.id) })}
          onClose={() => setAsking(false)}
        >
          {t('secrets.audited')}
        </Confirm>
      )}
    </Card>
  );
}
