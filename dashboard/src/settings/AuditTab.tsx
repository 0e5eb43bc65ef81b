import { ValidationError } from '@everhook/sdk';
import { useSearchParams } from 'wouter';
import { CodeBlock } from '../design/Copy.tsx';
import { ListIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Card, Empty, Failure, Loading, messageOf } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { AuditFilters } from './AuditFilters.tsx';
import { textOf } from './auditActions.ts';
import { auditFilterOf, auditSearchOf } from './auditSearch.ts';
import styles from './settings.module.css';

const principalTexts: Readonly<Record<string, string>> = {
  OPERATOR: 'the operator',
  API_KEY: 'API key',
  USER: 'user',
  PORTAL: 'portal link',
};

/** Who did what, the newest first. */
export default function AuditTab() {
  const { client } = useSession();
  const { organization, project } = useScope();
  const [address] = useSearchParams();
  const search = auditSearchOf(address);
  const scope = { organizationId: organization.id, projectId: project?.id };
  const log = useOlder(['audit', scope, search], ({ signal, after }) =>
    client.audit.list({ ...scope, ...auditFilterOf(search), signal }).page({ first: 50, after }),
  );
  const filtered = Object.values(search).some((value) => value !== '');
  const wrong = log.error instanceof ValidationError && log.error.field === 'to';
  const events = log.items ?? [];
  return (
    <>
      <div className={styles.bar}>
        <p>Everything that was changed, by whom and from where. It is never changed itself, and holds no secret.</p>
      </div>
      <AuditFilters search={search} problem={wrong ? messageOf(log.error) : undefined} />
      {log.isPending && <Loading rows={6} height="2.5rem" />}
      {log.isError && !wrong && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && events.length === 0 && (
        <Card>
          <Empty icon={<ListIcon />} title={filtered ? 'Nothing fits' : 'Nothing was changed yet'}>
            {filtered && <p>Nothing like this was done in this time. Change or clear the filters above.</p>}
          </Empty>
        </Card>
      )}
      {events.length > 0 && (
        <Card aria-label="Audit log">
          {events.map((event) => (
            <details key={event.id} className={styles.type}>
              <summary className={styles.entry}>
                <code>{textOf(event.action)}</code>
                <span className="muted">
                  by {principalTexts[event.principalKind] ?? event.principalKind}
                  {event.principalKind !== 'OPERATOR' && (
                    <>
                      {' '}
                      <code>{event.principalId}</code>
                    </>
                  )}
                  {event.address && ` from ${event.address}`}
                </span>
                <span className={styles.when}>
                  <Ago time={event.at} />
                </span>
              </summary>
              <p className="muted">
                {event.targetType.toLowerCase().replaceAll('_', ' ')} <code>{event.targetId}</code>
              </p>
              <div className={styles.change}>
                {event.before !== null && <CodeBlock label="before" text={JSON.stringify(event.before, null, 2)} />}
                {event.after !== null && <CodeBlock label="after" text={JSON.stringify(event.after, null, 2)} />}
              </div>
            </details>
          ))}
        </Card>
      )}
      <ShowOlder list={log} />
    </>
  );
}
