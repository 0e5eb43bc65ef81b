import type { Delivery, Webhook } from '@everhook/sdk';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { RecoverMatching } from '../deliveries/RecoverMatching.tsx';
import { RecoveryStrip } from '../deliveries/RecoveryStrip.tsx';
import { tones } from '../deliveries/status.ts';
import { Button } from '../design/Button.tsx';
import { RefreshIcon, SendIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Failure, Loading, messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { heardWhileShown, useDeliveryUpdates } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { refetch } from '../shell/refetch.ts';
import { useScope } from '../shell/scope.tsx';
import { durationText } from '../time/duration.ts';
import { Ago, Countdown } from '../time/Time.tsx';
import { useWebhooks } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';

/** The published event whose ways are shown. What was just published has no time yet, and is new. */
interface FannedOut {
  readonly id: string;
  readonly type: string;
  readonly createdAt?: string;
  readonly isTest?: boolean;
  readonly erasedAt?: string | null;
  readonly project?: { readonly id: string } | null;
}

const pageSize = 50;

/** Where an event went, live: each webhook that got it, how that stands, and who got none of it and why. */
export function FanOut({ event }: { readonly event: FannedOut }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const { organization, may } = useScope();
  const t = useWords('events');
  const [told, setTold] = useState<ReadonlyMap<string, Delivery>>(new Map());
  // Of the whole organization: a project's events also go to the organization's webhooks.
  const found = useOlder(
    ['fanOut', event.id],
    ({ signal, after }) =>
      client.deliveries
        .list({ organizationId: organization.id, eventId: event.id, signal })
        .page({ first: pageSize, after }),
    heardWhileShown,
  );
  useDeliveryUpdates(
    (updates) => {
      const ours = updates.filter((update) => update.event?.id === event.id);
      if (ours.length === 0) return;
      setTold((now) => new Map([...now, ...ours.map((update) => [update.id, update] as const)]));
    },
    () => refetch(queries, ['fanOut', event.id]),
  );
  const known = found.items?.map((delivery) => {
    const update = told.get(delivery.id);
    return update && update.version > delivery.version ? update : delivery;
  });
  // Replays, and what was not there yet when it was asked. Older ones come with their page.
  const oldest = found.hasNextPage ? (known?.at(-1)?.id ?? '') : '';
  const fresh = [...told.values()].filter(({ id }) => id > oldest && !known?.some((each) => each.id === id));
  const deliveries = known && [...fresh.sort((a, b) => (a.id < b.id ? 1 : -1)), ...known];

  return (
    <div className={styles.fanout}>
      <div className={styles.dataHead}>
        <h2>{t('fanOut.title')}</h2>
        {deliveries && may('DELIVERY_REPLAY') && !event.isTest && !event.erasedAt && (
          <Recover eventId={event.id} ended={deliveries.filter(({ completedAt }) => completedAt).length} />
        )}
      </div>
      <RecoveryStrip />
      {event.erasedAt && <Notice>{t('fanOut.erased')}</Notice>}
      {found.isPending && <Loading rows={3} height="3rem" />}
      {found.isLoadingError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {found.isError && found.items && <Outdated error={found.error} retry={() => void found.refetch()} />}
      {deliveries && deliveries.length > 0 && (
        <ul>
          {deliveries.map((delivery) => (
            <Branch key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      )}
      <ShowOlder list={found} label={t('fanOut.more')} />
      {deliveries && !found.hasNextPage && <Missing event={event} deliveries={deliveries} />}
    </div>
  );
}

const isReplayable = ({ status, noReplayBecause }: Delivery): boolean =>
  (status === 'FAILED' || status === 'CANCELLED') && !noReplayBecause;

function Branch({ delivery }: { readonly delivery: Delivery }) {
  const { path, may } = useScope();
  const t = useWords('events');
  const of = useWords('deliveries');
  const { status, webhook, attemptCount, responseCode, responseTime, nextAttemptAt, completedAt } = delivery;
  return (
    <li className={styles.branch}>
      <div className={styles.way}>
        <Link href={path(`deliveries/${delivery.id}`)} dir="auto">
          {webhook?.name ?? t('fanOut.webhook')}
        </Link>
        <Badge tone={tones[status]}>{of(`status.${status}`)}</Badge>
      </div>
      <div className={`${styles.way} muted`}>
        <span className="number">
          {t('fanOut.attempts', { count: attemptCount })}
          {responseCode !== null && ` · HTTP ${responseCode}`}
          {responseTime && ` · ${durationText(responseTime)}`}
        </span>
        <span className="number">
          {status === 'RETRYING' && nextAttemptAt ? (
            <>
              {t('fanOut.next')} <Countdown time={nextAttemptAt} brief />
            </>
          ) : (
            <Ago time={completedAt ?? delivery.createdAt} brief />
          )}
        </span>
      </div>
      {delivery.statusReason && <p className={styles.reason}>{delivery.statusReason}</p>}
      {may('DELIVERY_REPLAY') && delivery.direction === 'OUTBOUND' && (
        // Another deed at each stage: what was done before says nothing of it.
        <BranchAction key={`${status} ${attemptCount}`} delivery={delivery} />
      )}
    </li>
  );
}

function BranchAction({ delivery }: { readonly delivery: Delivery }) {
  const { client } = useSession();
  const t = useWords('events');
  const toast = useToast();
  const [key] = useState(newKey);
  const waits = delivery.status === 'RETRYING';
  const deed = useMutation({
    mutationFn: () =>
      waits ? client.deliveries.retry(delivery.id) : client.deliveries.replay(delivery.id, { idempotencyKey: key }),
    onSuccess: () => toast(waits ? t('fanOut.attempted') : t('fanOut.replayed')),
    onError: (error) => toast(messageOf(error)),
  });
  if (!waits && !isReplayable(delivery)) return null;
  const name = delivery.webhook?.name ?? t('fanOut.webhook');
  return (
    <div>
      <Button
        small
        disabled={deed.isPending || deed.isSuccess}
        aria-label={waits ? t('fanOut.attemptOf', { name }) : t('fanOut.replayOf', { name })}
        onClick={() => deed.mutate()}
      >
        {waits ? <SendIcon /> : <RefreshIcon />} {waits ? t('fanOut.attempt') : t('fanOut.replay')}
      </Button>
    </div>
  );
}

/** All of it that a webhook did not get, counted first: also what they missed while they were off. */
function Recover({ eventId, ended }: { readonly eventId: string; readonly ended: number }) {
  const { client } = useSession();
  const { filter: scope } = useScope();
  const t = useWords('events');
  const recoverable = useQuery({
    queryKey: ['recoverable', 'event', eventId, scope, ended],
    queryFn: ({ signal }) => client.recoveries.recoverable({ filter: { ...scope, eventId } }, { signal }),
    placeholderData: keepPreviousData,
  });
  if (!recoverable.data || recoverable.data.total === 0) return null;
  return (
    <RecoverMatching
      filter={{ eventId }}
      counted={recoverable.data}
      words={{
        open: t('fanOut.recover', { count: recoverable.data.total }),
        title: t('fanOut.recoverTitle'),
        text: t('fanOut.recoverText'),
        nothing: t('fanOut.recoverNothing'),
      }}
    />
  );
}

/** Of so many webhooks it is said why they did not get the event. */
const maxMissing = 50;

type Why = 'subscribed' | 'off' | 'disabled' | 'later' | 'elsewhere' | 'unknown';

/** The webhooks that did not get the event, by what they are now, and what would have to be different. */
function Missing({ event, deliveries }: { readonly event: FannedOut; readonly deliveries: readonly Delivery[] }) {
  const t = useWords('events');
  const { path } = useScope();
  const webhooks = useWebhooks();
  if (event.isTest || !webhooks.data) return null;
  const got = new Set(deliveries.map(({ webhook }) => webhook?.id));
  const missing = webhooks.data
    .filter(({ id }) => !got.has(id))
    .map((webhook) => ({ webhook, why: whyNot(webhook, event) }));
  const near = missing.filter(({ why }) => why !== 'elsewhere');
  const list = near.length > 0 && (
    <ul className={styles.missing}>
      {near.slice(0, maxMissing).map(({ webhook, why }) => (
        <li key={webhook.id}>
          <Link href={path(`webhooks/${webhook.id}`)} dir="auto">
            {webhook.name}
          </Link>{' '}
          <span className="muted">{t(`fanOut.why.${why}`, { type: event.type })}</span>
        </li>
      ))}
      {near.length > maxMissing && (
        <li className="muted">{t('fanOut.moreMissing', { count: near.length - maxMissing })}</li>
      )}
    </ul>
  );
  if (deliveries.length === 0) {
    return (
      <div className={styles.form}>
        <Notice tone="warn">
          <strong>{t('fanOut.nowhere')}</strong>{' '}
          {t(near.length > 0 ? 'fanOut.nowhereText' : 'fanOut.nowhereAtAll', { type: event.type })}
        </Notice>
        {list}
      </div>
    );
  }
  if (!list) return null;
  return (
    <details>
      <summary>{t('fanOut.missing', { count: near.length })}</summary>
      {list}
    </details>
  );
}

function whyNot(webhook: Webhook, event: FannedOut): Why {
  if (webhook.project && webhook.project.id !== event.project?.id) return 'elsewhere';
  if (webhook.eventTypes.length > 0 && !webhook.eventTypes.includes(event.type)) return 'subscribed';
  if (event.createdAt && webhook.createdAt > event.createdAt) return 'later';
  if (!webhook.active) return 'off';
  if (webhook.health === 'DISABLED') return 'disabled';
  return 'unknown';
}
