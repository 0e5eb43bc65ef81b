import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../design/Button.tsx';
import { Card, CodeBlock, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import styles from './settings.module.css';

/** Who did what, the newest first. */
export default function AuditTab() {
  const { client } = useSession();
  const { organization, project } = useScope();
  const log = useInfiniteQuery({
    queryKey: ['audit', organization.id, project?.id],
    queryFn: ({ signal, pageParam }) =>
      client.audit
        .list({ organizationId: organization.id, projectId: project?.id, signal })
        .page({ first: 50, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
  });
  const events = log.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <div className={styles.bar}>
        <p>Everything that was changed, by whom and from where. It is never changed itself, and holds no secret.</p>
      </div>
      {log.isPending && <Loading rows={6} height="2.5rem" />}
      {log.isError && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && events.length === 0 && (
        <Card>
          <Empty title="Nothing was changed yet" />
        </Card>
      )}
      {events.length > 0 && (
        <Card aria-label="Audit log">
          {events.map((event) => (
            <details key={event.id} className={styles.type}>
              <summary>
                <code>{event.action}</code>{' '}
                <span className="muted">
                  by {event.principalKind.toLowerCase().replace('_', ' ')}
                  {event.principalKind !== 'OPERATOR' && ` ${event.principalId}`}
                  {event.address && ` from ${event.address}`}, <Ago time={event.at} />
                </span>
              </summary>
              <p className="muted">
                {event.targetType} <code>{event.targetId}</code>
              </p>
              <div className={styles.change}>
                {event.before !== null && <CodeBlock label="before" text={JSON.stringify(event.before, null, 2)} />}
                {event.after !== null && <CodeBlock label="after" text={JSON.stringify(event.after, null, 2)} />}
              </div>
            </details>
          ))}
        </Card>
      )}
      {log.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </>
  );
}
