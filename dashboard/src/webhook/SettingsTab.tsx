import type { Webhook } from '@everhook/sdk';
import { Button } from '../design/Button.tsx';
import { Card } from '../design/Surfaces.tsx';
import { useScope } from '../shell/scope.tsx';
import { durationText } from '../time/duration.ts';
import { Ago } from '../time/Time.tsx';
import { useOpenAction } from '../webhooks/ActionDialogs.tsx';
import { profileHint, profileTexts } from '../webhooks/profiles.ts';
import { Subscription } from '../webhooks/Subscription.tsx';
import { useOffered } from '../webhooks/useOffered.ts';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

/** How a webhook is set, and where that is changed. */
export function SettingsTab({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const scope = useScope();
  const open = useOpenAction();
  const may = useOffered(webhook);
  const project = scope.projects.find(({ id }) => id === webhook.project?.id)?.name;
  const rows: readonly (readonly [label: string, value: React.ReactNode])[] = [
    [t('form.url'), <code key="url">{webhook.url}</code>],
    [
      t('form.profile'),
      <>
        {profileTexts[webhook.profile].name} <span className="muted">{profileHint(webhook.profile)}</span>
      </>,
    ],
    [t('form.eventsOf'), webhook.project ? (project ?? '') : t('whole')],
    [
      t('form.retryAfter'),
      webhook.retrySchedule.length === 0 ? t('page.noRetries') : webhook.retrySchedule.map(durationText).join(', '),
    ],
    [t('form.timeout'), durationText(webhook.timeout)],
    [t('form.traceparent'), t(webhook.sendTraceparent ? 'form.traceparentSent' : 'form.traceparentNotSent')],
    [
      t('form.headers'),
      !webhook.headersReadable ? (
        t('form.headersUnreadable')
      ) : webhook.headers.length === 0 ? (
        '–'
      ) : (
        <code key="headers">{webhook.headers.map(({ name }) => name).join(', ')}</code>
      ),
    ],
    [
      t('form.description'),
      webhook.description ? (
        <span key="description" dir="auto">
          {webhook.description}
        </span>
      ) : (
        '–'
      ),
    ],
    ...(webhook.externalId ? [[t('page.externalId'), <code key="id">{webhook.externalId}</code>] as const] : []),
    [t('page.id'), <code key="id">{webhook.id}</code>],
    [t('page.changed'), <Ago key="changed" time={webhook.updatedAt} />],
  ];
  return (
    <div className={styles.columns}>
      <Card className={styles.section} aria-label={t('tabs.settings')}>
        <div className={styles.sectionhead}>
          <h2>{t('tabs.settings')}</h2>
          {may.has('edit') && (
            <Button small onClick={() => open(webhook, 'edit')}>
              {t('actions.edit')}
            </Button>
          )}
        </div>
        <dl className={styles.rows}>
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card className={styles.section} aria-label={t('form.events')}>
        <h2>{t('form.events')}</h2>
        <p className="muted">{t('page.savedAtOnce')}</p>
        <Subscription webhook={webhook} disabled={!may.has('edit')} />
      </Card>
      {may.has('delete') && (
        <Card className={styles.section} aria-label={t('page.delete')}>
          <h2>{t('page.delete')}</h2>
          <p>{t('confirm.delete.text')}</p>
          <div>
            <Button onClick={() => open(webhook, 'delete')}>{t('actions.delete')}</Button>
          </div>
        </Card>
      )}
    </div>
  );
}
