import type { Webhook } from '@everhook/sdk';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { HookIcon, SendIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading, Skeleton } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { type Span, spans } from '../statistics/spans.ts';
import { readStatistics } from '../statistics/statistics.ts';
import { useOpenAction } from '../webhooks/ActionDialogs.tsx';
import { useOffered } from '../webhooks/useOffered.ts';
import { WebhookFacts } from '../webhooks/WebhookFacts.tsx';
import { useWords } from '../words/words.ts';
import { HealthTimeline } from './HealthTimeline.tsx';
import styles from './webhook.module.css';

const Charts = lazy(() => import('../overview/Charts.tsx'));

const shownSpans = ['hour', 'day', 'week', 'month'] as const satisfies readonly Span[];

/** The least number of bars. */
const fewest = 12;

/** What goes through a webhook over time. */
export function OverviewTab({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const open = useOpenAction();
  const may = useOffered(webhook);
  const [search, setSearch] = useSearchParams();
  const span = shownSpans.find((each) => each === search.get('span')) ?? 'day';
  const [now] = useState(Date.now);
  const statistics = useQuery({
    queryKey: ['statistics', 'webhook', webhook.id, span],
    queryFn: ({ signal }) => readStatistics(client, { webhookId: webhook.id }, span, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  // Before it was made, there is nothing to see; a few bars make a chart all the same.
  const buckets = statistics.data?.filter(
    ({ from }, place, { length }) =>
      Date.parse(from) + spans[span].bucketMs > Date.parse(webhook.createdAt) || length - place <= fewest,
  );
  const never =
    webhook.lastDispatchedAt == null && statistics.data?.every(({ total, isAtLeast }) => total === 0 && !isAtLeast);
  return (
    <div className={styles.overview}>
      {webhook.description && (
        <p className={styles.description} dir="auto">
          {webhook.description}
        </p>
      )}
      <WebhookFacts className={styles.facts} webhook={webhook} of={['last', 'success', 'failure', 'created']} />
      <HealthTimeline webhook={webhook} now={now} />
      {never ? (
        <Card>
          <Empty icon={<HookIcon />} title={t('page.never')}>
            <p>{t('page.neverHint')}</p>
            {may.has('test') && (
              <Button look="primary" onClick={() => open(webhook, 'test')}>
                <SendIcon /> {t('actions.test')}
              </Button>
            )}
          </Empty>
        </Card>
      ) : (
        <>
          <fieldset className={styles.spans}>
            <legend className="visually-hidden">{t('page.span')}</legend>
            {shownSpans.map((each) => (
              <Button
                key={each}
                small
                aria-pressed={each === span}
                onClick={() =>
                  setSearch(
                    (params) => {
                      params.set('span', each);
                      return params;
                    },
                    { replace: true },
                  )
                }
              >
                {t(`page.spans.${each}`)}
              </Button>
            ))}
          </fieldset>
          {statistics.isLoadingError && <Failure error={statistics.error} retry={() => void statistics.refetch()} />}
          {statistics.isPending && <Loading rows={2} height="16rem" />}
          {buckets && (
            <Suspense fallback={<Skeleton height="33rem" />}>
              <Charts buckets={buckets} span={span} />
            </Suspense>
          )}
        </>
      )}
    </div>
  );
}
