import type { Webhook } from '@everhook/sdk';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../design/Button.tsx';
import { SendIcon } from '../design/icons.tsx';
import { Badge, Card } from '../design/Surfaces.tsx';
import { useOnScreen } from '../design/useOnScreen.ts';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { useOpenAction } from './ActionDialogs.tsx';
import { HealthBadge } from './HealthBadge.tsx';
import { profileTexts } from './profiles.ts';
import { RetiringNotice } from './RetiringNotice.tsx';
import { Sparkline, useSuccessText } from './Sparkline.tsx';
import { Subscription } from './Subscription.tsx';
import { standingOf } from './standing.ts';
import { statusParts, statusText } from './statusLine.ts';
import { useActivity } from './useActivity.tsx';
import { useEventsText } from './useEventsText.ts';
import { useOffered } from './useOffered.ts';
import { useSendTest } from './useSendTest.tsx';
import { WebhookFacts } from './WebhookFacts.tsx';
import { WebhookMenu } from './WebhookMenu.tsx';
import { WebhookSwitch } from './WebhookSwitch.tsx';
import { webhookPath } from './webhookPath.ts';
import styles from './webhooks.module.css';

export function WebhookCard({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const scope = useScope();
  const open = useOpenAction();
  const may = useOffered(webhook);
  const eventsText = useEventsText();
  const [events, setEvents] = useState(false);
  const { send, isSending, result } = useSendTest(webhook);
  const place = useRef<HTMLDivElement>(null);
  const { data: activity } = useActivity(webhook.id, { enabled: useOnScreen(place) });
  const success = useSuccessText(activity);
  const standing = standingOf(webhook);
  const stopped = standing === 'disabled' || standing === 'off' || standing === 'paused' || standing === 'resuming';
  const status =
    stopped &&
    statusText(
      statusParts({
        webhook: { ...webhook, retiringSecretUntil: null },
        activity: activity ? { ...activity, recentDeliveries: null } : undefined,
        healthSince: null,
        takesNothing: false,
      }),
      Date.now(),
    );
  const where = webhook.project ? scope.projects.find(({ id }) => id === webhook.project?.id)?.name : t('whole');

  return (
    <Card className={styles.card} aria-label={webhook.name}>
      <div className={styles.cardhead}>
        <div className={styles.title}>
          <h2 title={webhook.name} dir="auto">
            <Link href={scope.path(webhookPath(webhook.id))}>{webhook.name}</Link>
          </h2>
          <HealthBadge webhook={webhook} />
        </div>
        <WebhookSwitch webhook={webhook} />
      </div>
      <div className={styles.way}>
        <Badge plain tone="accent">
          {profileTexts[webhook.profile].name}
        </Badge>
        {where && scope.project === null && <Badge plain>{where}</Badge>}
        <code title={webhook.url}>{webhook.url}</code>
      </div>
      {webhook.description && (
        <p className={styles.description} title={webhook.description} dir="auto">
          {webhook.description}
        </p>
      )}
      <WebhookFacts className={styles.facts} webhook={webhook} of={['last', 'success', 'failure']} />
      <div ref={place} className={styles.spark}>
        <Sparkline activity={activity} />
        {status ? (
          <p
            // Another text in another place, not the same one moved.
            key="stopped"
            className={standing === 'disabled' ? styles.trouble : styles.stopped}
            role={standing === 'disabled' ? 'alert' : undefined}
            title={status}
          >
            {status}
          </p>
        ) : (
          <p key="success" aria-hidden="true">
            {activity && success}
          </p>
        )}
      </div>
      <div className={styles.actions}>
        <Button small aria-expanded={events} onClick={() => setEvents(!events)}>
          {eventsText(webhook.eventTypes)}
        </Button>
        {may.has('test') && (
          <Button small data-icon disabled={isSending} onClick={send}>
            <SendIcon /> {t('actions.test')}
          </Button>
        )}
        {may.has('reEnable') && (
          <Button small look="primary" onClick={() => open(webhook, 'reEnable')}>
            {t('actions.reEnable')}
          </Button>
        )}
        <WebhookMenu webhook={webhook} without={['test', 'reEnable', 'retire', 'extend']} />
      </div>
      <RetiringNotice webhook={webhook} />
      {result}
      {events && <Subscription webhook={webhook} disabled={!may.has('edit')} />}
    </Card>
  );
}
