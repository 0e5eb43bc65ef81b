import type { EventType, Webhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../design/Button.tsx';
import { Card, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { isEverhooksOwn } from '../webhooks/ownTypes.ts';
import { useWebhooks } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';

const atOnce = 20;

/** The webhooks that get a type's events, and when the last one was published. */
export function Subscribers({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const { client } = useSession();
  const { filter, path } = useScope();
  const webhooks = useWebhooks();
  const [count, setCount] = useState(atOnce);
  const last = useQuery({
    queryKey: ['lastPublished', type.name, filter],
    queryFn: async ({ signal }) =>
      (await client.events.list({ ...filter, eventTypes: [type.name], isTest: false, signal }).page({ first: 1 }))
        .items[0] ?? null,
  });
  const subscribed = webhooks.data?.filter((webhook) => gets(webhook, type));
  return (
    <Card className={styles.panel} aria-label={t('type.subscribers')}>
      <h2>{t('type.subscribers')}</h2>
      {webhooks.isPending && <Loading rows={2} height="1.5rem" />}
      {webhooks.isLoadingError && <Failure error={webhooks.error} retry={() => void webhooks.refetch()} />}
      {subscribed?.length === 0 && <p className="muted">{t('type.noSubscribers')}</p>}
      {subscribed && subscribed.length > 0 && (
        <ul className={styles.list}>
          {subscribed.slice(0, count).map((webhook) => (
            <li key={webhook.id}>
              <Link href={path(`webhooks/${webhook.id}`)} dir="auto">
                {webhook.name}
              </Link>{' '}
              {webhook.eventTypes.length === 0 && <span className="muted">{t('type.subscribesAll')}</span>}
            </li>
          ))}
        </ul>
      )}
      {subscribed && subscribed.length > count && (
        <Button small onClick={() => setCount(count + atOnce)}>
          {t('data.more', { count: subscribed.length - count })}
        </Button>
      )}
      <dl className={styles.facts}>
        <dt>{t('type.lastPublished')}</dt>
        <dd>
          {last.data && (
            <Link href={path(`events/${last.data.id}`)}>
              <Ago time={last.data.createdAt} />
            </Link>
          )}
          {last.data === null && <span className="muted">{t('type.neverPublished')}</span>}
        </dd>
        <dd>
          <Link href={path(`events?type=${encodeURIComponent(type.name)}`)}>{t('type.events')}</Link>
        </dd>
      </dl>
    </Card>
  );
}

/** Whether a webhook gets a type's events. Everhook's own go only to those that chose them. */
function gets({ eventTypes, project }: Webhook, type: EventType): boolean {
  if (project && type.project && project.id !== type.project.id) return false;
  return eventTypes.includes(type.name) || (eventTypes.length === 0 && !isEverhooksOwn(type));
}
