import type { Issue } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { untilItCannot } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { Table } from '../settings/Table.tsx';
import { Ago } from '../time/Time.tsx';

/** The project's issues as their tracker last showed them, kept up to date live. */
export function IssueList({ projectId }: { readonly projectId: string }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const issues = useQuery({
    queryKey: ['issues', projectId],
    queryFn: async ({ signal }) => [...(await client.issues.list({ projectId, signal }).page({ first: 100 })).items],
  });

  useEffect(() => {
    const ending = new AbortController();
    const follow = async () => {
      for await (const update of client.issues.watch({ projectId }, { signal: ending.signal })) {
        queries.setQueryData<Issue[]>(['issues', projectId], (known) => {
          if (!known) return known;
          const before = known.find(({ id }) => id === update.id);
          if (!before) return [update, ...known];
          return before.version < update.version ? known.map((issue) => (issue === before ? update : issue)) : known;
        });
      }
    };
    const onMissed = () => void queries.invalidateQueries({ queryKey: ['issues', projectId] });
    void untilItCannot(follow, ending.signal, onMissed);
    return () => ending.abort();
  }, [client, queries, projectId]);

  if (issues.isPending) return <Loading rows={3} height="3rem" />;
  if (issues.isError) return <Failure error={issues.error} retry={() => void issues.refetch()} />;
  if (issues.data.length === 0) {
    return (
      <Card aria-label="Issues">
        <Empty title="No issues yet">
          <p>An issue appears here by itself when its tracker first reports it.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Table label="Issues" columns={['Issue', 'Title', 'State', 'Assignee', 'Changed']}>
      {issues.data.map((issue) => (
        <tr key={issue.id}>
          <th scope="row">
            <SafeLink href={issue.url}>{issue.externalKey}</SafeLink>
          </th>
          <td>{issue.title}</td>
          <td>{issue.removedAt ? <Badge>Removed</Badge> : <Badge plain>{issue.state}</Badge>}</td>
          <td>{issue.assignee ?? '–'}</td>
          <td>
            <Ago time={issue.changedAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** A tracker's address comes from outside: only one of the web is made a link. */
function SafeLink({ href, children }: { readonly href: string; readonly children: string }) {
  if (!/^https?:\/\//i.test(href)) return children;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
