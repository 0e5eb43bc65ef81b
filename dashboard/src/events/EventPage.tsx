import type { EventAsText } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { Link } from 'wouter';
import { laidOut } from '../deliveries/laidOut.ts';
import { buttonClass } from '../design/Button.tsx';
import { CodeBlock, CopyButton } from '../design/Copy.tsx';
import { SendIcon } from '../design/icons.tsx';
import { Badge, Card, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { DataTree } from '../schema/DataTree.tsx';
import { useSession } from '../session/session.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { scopePath, useScope } from '../shell/scope.tsx';
import { Ago, exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';
import { FanOut } from './FanOut.tsx';
import { names } from './filters.ts';

/** Everything about one event: what was published, and where it went. */
export function EventPage({ id }: { readonly id: string }) {
  const { client } = useSession();
  const { may, path } = useScope();
  const t = useWords('events');
  // It never changes but by being erased.
  const event = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => client.events.getText(id, { signal }),
    staleTime: 60_000,
  });
  const { data } = event;
  return (
    <>
      <nav className={styles.back} aria-label={t('common:frame.above')}>
        <Link href={path('events')}>{t('title')}</Link>
      </nav>
      <PageHead title={data?.type ?? t('event.title')}>
        {data && data.dataText !== null && may('EVENT_PUBLISH') && !data.type.startsWith('everhook.') && (
          <Link className={buttonClass({})} href={path(`events/publish?again=${data.id}`)}>
            <SendIcon /> {t('event.again')}
          </Link>
        )}
      </PageHead>
      {event.isPending && <Loading rows={3} height="9rem" />}
      {event.isLoadingError && <Failure error={event.error} retry={() => void event.refetch()} />}
      {data && (
        <div className={styles.columns}>
          <div className={styles.column}>
            <Facts event={data} />
            <Data event={data} />
          </div>
          <Card className={styles.panel} aria-label={t('fanOut.title')}>
            <FanOut event={data} />
          </Card>
        </div>
      )}
    </>
  );
}

function Facts({ event }: { readonly event: EventAsText }) {
  const t = useWords('events');
  const { path, projects, project, organization } = useScope();
  // A type may be its project's own: under all projects there is none of its name.
  const typePath = scopePath(
    organization.id,
    `catalogue/${encodeURIComponent(event.type)}`,
    event.project?.id ?? project?.id,
  );
  const labels = Object.entries(event.labels);
  return (
    <Card className={styles.panel} aria-label={t('event.facts')}>
      <dl className={styles.facts}>
        <div className={styles.whole}>
          <dt>{t('log.id')}</dt>
          <dd className={styles.withCopy}>
            <code>{event.id}</code>
            <CopyButton text={event.id} square look="quiet" />
          </dd>
        </div>
        <div>
          <dt>{t('event.type')}</dt>
          <dd>
            <Link href={typePath}>{event.type}</Link>
            {event.isTest && (
              <>
                {' '}
                <Badge plain>{t('log.test')}</Badge>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('event.published')}</dt>
          <dd title={exactTime(event.createdAt)}>
            <Ago time={event.createdAt} />
          </dd>
        </div>
        {event.occurredAt !== event.createdAt && (
          <div>
            <dt>{t('event.occurred')}</dt>
            <dd>{exactTime(event.occurredAt)}</dd>
          </div>
        )}
        <div>
          <dt>{t('event.scope')}</dt>
          <dd dir="auto">
            {event.project
              ? (projects.find(({ id }) => id === event.project?.id)?.name ?? t('log.project'))
              : t('publish.whole', { name: organization.name })}
          </dd>
        </div>
        {event.idempotencyKey !== null && (
          <div className={styles.whole}>
            <dt>{t('event.key')}</dt>
            <dd className={styles.withCopy}>
              <code dir="auto">{event.idempotencyKey}</code>
              <CopyButton text={event.idempotencyKey} square look="quiet" />
            </dd>
          </div>
        )}
        <div className={styles.whole}>
          <dt>{t('log.labels')}</dt>
          <dd className={styles.labels}>
            {labels.length === 0 && <span className="muted">{t('event.noLabels')}</span>}
            {labels.map(([key, value]) => (
              <Link
                key={key}
                className={styles.label}
                href={path(`events?${names.labels}=${encodeURIComponent(`${key}=${value}`)}`)}
              >
                <bdi>
                  {`${key}=`}
                  <b>{value}</b>
                </bdi>
              </Link>
            ))}
          </dd>
        </div>
      </dl>
    </Card>
  );
}

function Data({ event }: { readonly event: EventAsText }) {
  const t = useWords('events');
  const { dataText: text } = event;
  return (
    <Card className={styles.panel} aria-label={t('event.data')}>
      {text === null ? (
        <Notice>{event.erasedAt ? t('event.erased', { time: exactTime(event.erasedAt) }) : t('event.noData')}</Notice>
      ) : (
        <Tabs.Root defaultValue="tree" className={styles.form}>
          <div className={styles.dataHead}>
            <Tabs.List className={surfaces.tabs} aria-label={t('event.dataForm')}>
              <Tabs.Trigger className={surfaces.tab} value="tree">
                {t('event.tree')}
              </Tabs.Trigger>
              <Tabs.Trigger className={surfaces.tab} value="raw">
                {'JSON'}
              </Tabs.Trigger>
            </Tabs.List>
            <CopyButton text={text} label={t('event.copyData')} />
          </div>
          <Tabs.Content value="tree" tabIndex={-1}>
            <DataTree text={text} label={t('event.tree')} />
          </Tabs.Content>
          <Tabs.Content value="raw" tabIndex={-1}>
            <CodeBlock text={laidOut(text) ?? text} label="JSON" />
          </Tabs.Content>
        </Tabs.Root>
      )}
    </Card>
  );
}
