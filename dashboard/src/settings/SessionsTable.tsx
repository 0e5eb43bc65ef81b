import type { Session } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { PeopleIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { browserOf } from '../session/userAgent.ts';
import { Ago, exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

interface SessionsTableProps {
  /** Whose members' and keys' sessions; absent for one's own. */
  readonly organizationId?: string;
}

/** Sessions that go on now, each with a way to end it. */
export function SessionsTable({ organizationId }: SessionsTableProps) {
  const { client } = useSession();
  const t = useWords('session');
  const queries = useQueryClient();
  const toast = useToast();
  const [ending, setEnding] = useState<Session | null>(null);
  const queryKey = ['sessions', organizationId ?? 'own'];
  const sessions = useOlder(queryKey, ({ signal, after }) =>
    client.sessions.list({ organizationId, signal }).page({ first: 50, after }),
  );
  const whose = ({ name, userId }: Session) => name ?? userId ?? '–';
  const columns = [
    ...(organizationId === undefined ? [] : [t('sessions.person')]),
    t('sessions.browser'),
    t('sessions.network'),
    t('sessions.used'),
    t('sessions.since'),
    t('sessions.until'),
    '',
  ];
  if (sessions.isPending) return <Loading rows={2} height="3rem" />;
  if (sessions.isError) return <Failure error={sessions.error} retry={() => void sessions.refetch()} />;
  if (sessions.items?.length === 0) {
    return (
      <Card>
        <Empty icon={<PeopleIcon />} title={t('sessions.none')}>
          <p>{t('sessions.noneText')}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Table label={organizationId === undefined ? t('sessions.title') : t('sessions.of')} columns={columns}>
        {sessions.items?.map((session) => (
          <tr key={session.id}>
            {organizationId !== undefined && (
              <th scope="row">
                <span dir="auto">{whose(session)}</span>
              </th>
            )}
            <td>
              <Browser userAgent={session.userAgent} /> {session.isCurrent && <Badge plain>{t('sessions.this')}</Badge>}
              {session.issuer !== null && (
                <div className="muted">{t('sessions.by', { issuer: new URL(session.issuer).host })}</div>
              )}
            </td>
            <td>{session.address === null ? '–' : <code>{session.address}</code>}</td>
            <td>
              <Ago time={session.lastUsedAt} />
            </td>
            <td>
              <Ago time={session.createdAt} />
            </td>
            <td>
              <time dateTime={session.expiresAt}>{exactTime(session.expiresAt)}</time>
            </td>
            <td className={styles.end}>
              {!session.isCurrent && (
                <Button
                  small
                  aria-label={t('sessions.endThis', { name: whose(session) })}
                  onClick={() => setEnding(session)}
                >
                  {t('sessions.end')}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <ShowOlder list={sessions} label={t('sessions.more')} />
      {ending && (
        <Confirm
          title={t('sessions.endThis', { name: whose(ending) })}
          action={t('sessions.end')}
          danger
          onConfirm={async () => {
            await client.sessions.end(ending.id);
            await queries.invalidateQueries({ queryKey: ['sessions'] });
            toast(t('sessions.ended'));
          }}
          onClose={() => setEnding(null)}
        >
          {t('sessions.endText')}
        </Confirm>
      )}
    </>
  );
}

function Browser({ userAgent }: { readonly userAgent: string | null }) {
  const t = useWords('session');
  const found = browserOf(userAgent);
  if (found === null) return <span title={userAgent ?? undefined}>{t('sessions.unknownBrowser')}</span>;
  const { browser, system } = found;
  return (
    <span title={userAgent ?? undefined}>{system === null ? browser : t('sessions.on', { browser, system })}</span>
  );
}
