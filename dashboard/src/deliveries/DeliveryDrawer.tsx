import type { DeliveryDetail } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { Badge, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { heardWhileShown, useDeliveryUpdates } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { refetch } from '../shell/refetch.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago, exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { Attempts } from './Attempts.tsx';
import { curlOf } from './curl.ts';
import { DeliveryActions } from './DeliveryActions.tsx';
import styles from './deliveries.module.css';
import { Body, HeaderTable } from './Message.tsx';
import { tones } from './status.ts';
import { VerificationHelp } from './VerificationHelp.tsx';

interface DrawerProps {
  readonly id: string;
  onOpen(id: string): void;
  onClose(): void;
}

/** Everything about one delivery, kept up to date while it is open. */
export function DeliveryDrawer({ id, onOpen, onClose }: DrawerProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const t = useWords('deliveries');
  const queryKey = ['delivery', id];
  const delivery = useQuery({
    queryKey,
    queryFn: ({ signal }) => client.deliveries.get(id, { signal }),
    ...heardWhileShown,
  });
  const readAgain = () => refetch(queries, queryKey);
  useDeliveryUpdates((updates) => {
    if (updates.some((update) => update.id === id)) readAgain();
  }, readAgain);

  return (
    <Dialog
      shape="drawer"
      title={<bdi>{delivery.data?.eventType ?? t('one')}</bdi>}
      subtitle={
        <span className={styles.withCopy}>
          <code>{id}</code>
          <CopyButton text={window.location.href} label={t('copyLink')} square look="quiet" />
        </span>
      }
      onClose={onClose}
    >
      {delivery.isPending && <Loading rows={4} height="5rem" />}
      {delivery.isLoadingError && <Failure error={delivery.error} retry={() => void delivery.refetch()} />}
      {delivery.isRefetchError && <Outdated error={delivery.error} retry={() => void delivery.refetch()} />}
      {delivery.data && <Detail key={id} delivery={delivery.data} onOpen={onOpen} />}
    </Dialog>
  );
}

function Detail({ delivery, onOpen }: { readonly delivery: DeliveryDetail; readonly onOpen: (id: string) => void }) {
  const t = useWords('deliveries');
  const { path } = useScope();
  const { request, webhook, event } = delivery;
  const curl = request && curlOf(request);
  return (
    <>
      <div className={styles.bar}>
        <Badge tone={tones[delivery.status]}>{t(`status.${delivery.status}`)}</Badge>
        {delivery.isTest && <Badge plain>{t('test')}</Badge>}
        {delivery.direction === 'INBOUND' && <Badge plain>{t('inbound')}</Badge>}
        {delivery.statusReason && <span>{delivery.statusReason}</span>}
      </div>
      <DeliveryActions delivery={delivery} onOpen={onOpen} />
      <section className={styles.section}>
        <dl className={styles.facts}>
          <div>
            <dt>{t('column.webhook')}</dt>
            <dd dir="auto">
              {webhook && <Link href={path(`webhooks/${webhook.id}`)}>{webhook.name}</Link>}
              {delivery.inboundWebhook && <Link href={path('inbound')}>{t('inboundWebhook')}</Link>}
              {!webhook && !delivery.inboundWebhook && t('common:none')}
            </dd>
          </div>
          {event && (
            <div>
              <dt>{t('column.event')}</dt>
              <dd>
                <Link href={path(`events/${event.id}`)}>{t('detail.event')}</Link>
              </dd>
            </div>
          )}
          <div>
            <dt>{t('column.created')}</dt>
            <dd>
              <Ago time={delivery.createdAt} />
              <div className="muted number">{exactTime(delivery.createdAt)}</div>
            </dd>
          </div>
          <div>
            <dt>{t('detail.ended')}</dt>
            <dd>{delivery.completedAt ? <Ago time={delivery.completedAt} /> : t('detail.notYet')}</dd>
          </div>
          <div>
            <dt>{t('column.attempts')}</dt>
            <dd className="number">{delivery.attemptCount}</dd>
          </div>
        </dl>
      </section>
      <Attempts delivery={delivery} />
      {request && (
        <section className={styles.section}>
          <h3>{t('detail.request')}</h3>
          <div className={styles.bar}>
            <code>
              {request.method} {request.url}
            </code>
          </div>
          {request.headers && <HeaderTable headers={request.headers} label={t('detail.requestHeaders')} />}
          {request.headers === null && <p className="muted">{t('detail.noHeaders')}</p>}
          {request.body !== null && <Body text={request.body} label={t('detail.requestBody')} />}
          {curl && (
            <div>
              <CopyButton text={curl} label={t('detail.curl')} />
            </div>
          )}
        </section>
      )}
      {!request && delivery.payloadDigest && (
        <section className={styles.section}>
          <h3>{t('detail.payload')}</h3>
          <Notice>
            {t('detail.digest')} <code>{delivery.payloadDigest}</code>
          </Notice>
        </section>
      )}
      {request && delivery.webhook && <VerificationHelp webhookId={delivery.webhook.id} />}
      {(delivery.replayOf || delivery.replays.length > 0) && (
        <section className={styles.section}>
          <h3>{t('detail.replays')}</h3>
          <div className={styles.chain}>
            {delivery.replayOf && (
              <Button small onClick={() => onOpen(delivery.replayOf?.id ?? '')}>
                {t('detail.original')}
              </Button>
            )}
            {delivery.replays.map(({ id }, place) => (
              <Button key={id} small onClick={() => onOpen(id)}>
                {t('detail.replay', { number: place + 1 })}
              </Button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}
