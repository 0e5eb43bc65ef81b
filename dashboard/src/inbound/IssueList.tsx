import type { Issue } from '@everhook/sdk';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Table } from '../settings/Table.tsx';
import { useFeed } from '../shell/feeds.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { refetch } from '../shell/refetch.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import styles from './inbound.module.css';

/** The project's issues as their tracker last reported them, updated live. */
export function IssueList({ projectId }: { readonly projectId: string }) {
  const { client, portal } = useSession();
  const t = useWords('inbound');
  const nameOf = useMemberNames();
  const queries = useQueryClient();
  const issues = useInfiniteQuery({
    queryKey: ['issues', projectId],
    queryFn: ({ signal, pageParam }) =>
      client.issues.list({ projectId, signal }).page({ first: 100, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
  });

  const [changes, setChanges] = useState<ReadonlyMap<string, Issue>>(new Map());

  const readAnew = () => {
    refetch(queries, ['issues', projectId]);
    refetch(queries, ['inboundWebhook', projectId]);
  };
  useFeed(
    projectId,
    async (options) => {
      const watch = client.issues.watch({ projectId }, options);
      await watch.ready;
      // A change between the fetch and the subscription is in neither of them.
      readAnew();
      for await (const update of watch) setChanges((known) => new Map(known).set(update.id, update));
    },
    (missed) => {
      if (missed) readAnew();
    },
  );

  if (issues.isPending) return <Loading rows={3} height="3rem" />;
  const retry = () => void (issues.isFetchNextPageError ? issues.fetchNextPage() : issues.refetch());
  if (issues.isLoadingError) return <Failure error={issues.error} retry={retry} />;
  const shown = withChanges(
    issues.data.pages.flatMap(({ items }) => items),
    changes,
  );
  // Who works at the company is nothing for its customers.
  const columns = [
    t('issues.issue'),
    t('issues.name'),
    t('issues.state'),
    t('issues.assignee'),
    ...(portal ? [] : [t('issues.creator')]),
    t('issues.changed'),
  ];
  const outdated = issues.isError && <Outdated error={issues.error} retry={retry} />;
  if (shown.length === 0) {
    return (
      <>
        {outdated}
        <Card aria-label={t('issues.title')}>
          <Empty title={t('issues.none')}>
            <p>{t('issues.noneHint')}</p>
          </Empty>
        </Card>
      </>
    );
  }
  return (
    <>
      {outdated}
      <Table label={t('issues.title')} columns={columns}>
        {shown.map((issue) => (
          <tr key={issue.id}>
            <th scope="row">
              <SafeLink href={issue.url}>{issue.externalKey}</SafeLink>
            </th>
            <td className={styles.title} dir="auto">
              {issue.title}
            </td>
            <td>{issue.removedAt ? <Badge>{t('issues.removed')}</Badge> : <Badge plain>{issue.state}</Badge>}</td>
            <td dir="auto">{issue.assignee ?? t('common:none')}</td>
            {!portal && <td dir="auto">{issue.creatorId ? nameOf(issue.creatorId) : t('common:none')}</td>}
            <td>
              <Ago time={issue.changedAt} />
            </td>
          </tr>
        ))}
      </Table>
      {issues.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={issues.isFetchingNextPage} onClick={() => void issues.fetchNextPage()}>
            {t('common:showOlder')}
          </Button>
        </div>
      )}
    </>
  );
}

/** Names of users, as far as the viewer may know them. */
function useMemberNames(): (userId: string) => string {
  const { client } = useSession();
  const { organization, may } = useScope();
  const members = useQuery({
    queryKey: ['memberNames', organization.id],
    queryFn: async ({ signal }) => {
      const { items } = await client.members.list({ organizationId: organization.id, signal }).page({ first: 100 });
      return new Map(items.map(({ userId, name }) => [userId, name ?? userId]));
    },
    enabled: may('MEMBER_MANAGE'),
    staleTime: 60_000,
  });
  return (userId) => members.data?.get(userId) ?? userId;
}

/** Each issue in its newest state, new ones on top. */
function withChanges(listed: readonly Issue[], changes: ReadonlyMap<string, Issue>): readonly Issue[] {
  const known = new Set(listed.map(({ id }) => id));
  const fresh = [...changes.values()].filter(({ id }) => !known.has(id)).reverse();
  const newest = listed.map((issue) => {
    const change = changes.get(issue.id);
    return change && change.version > issue.version ? change : issue;
  });
  return [...fresh, ...newest];
}

/** A tracker's address comes from outside: only a web address becomes a link. */
function SafeLink({ href, children }: { readonly href: string; readonly children: string }) {
  if (!/^https?:\/\//i.test(href)) return children;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
