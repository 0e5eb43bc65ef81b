import { type AuditEvent, ValidationError } from '@everhook/sdk';
import { Link, useSearchParams } from 'wouter';
import { CodeBlock } from '../design/Copy.tsx';
import { ListIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Card, Empty, Failure, Loading, messageOf } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { AuditFilters } from './AuditFilters.tsx';
import { auditFilterOf, auditSearchOf } from './auditSearch.ts';
import { auditTarget } from './auditTarget.ts';
import styles from './settings.module.css';

/** Who did what, the newest first. */
export default function AuditTab() {
  const { client } = useSession();
  const t = useWords('settings');
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
        <p>{t('audit.about')}</p>
      </div>
      <AuditFilters search={search} problem={wrong ? messageOf(log.error) : undefined} />
      {log.isPending && <Loading rows={6} height="2.5rem" />}
      {log.isError && !wrong && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && events.length === 0 && (
        <Card>
          <Empty icon={<ListIcon />} title={filtered ? t('audit.nothingFits') : t('audit.nothing')}>
            {filtered && <p>{t('audit.nothingLikeThis')}</p>}
          </Empty>
        </Card>
      )}
      {events.length > 0 && (
        <Card aria-label={t('tab.audit')}>
          {events.map((event) => (
            <Entry key={event.id} event={event} />
          ))}
        </Card>
      )}
      <ShowOlder list={log} />
    </>
  );
}

/** One action: what was done to what, by whom; opened, with the fields before and after. */
function Entry({ event }: { readonly event: AuditEvent }) {
  const t = useWords('settings');
  const { organization } = useScope();
  const { name, isGone, path } = auditTarget(event, organization.id);
  const kind = event.principalKind;
  return (
    <article className={styles.type}>
      <div className={styles.entry}>
        <span className={styles.done}>
          <strong>{t(`audit.done.${event.action}`)}</strong>
          <bdi className={styles.target}>{path ? <Link href={path}>{name}</Link> : name}</bdi>
          {isGone && <Badge plain>{t(isRevoked(event) ? 'audit.revoked' : 'audit.gone')}</Badge>}
        </span>
        <span className={styles.when}>
          <Ago time={event.at} brief />
        </span>
      </div>
      <details>
        <summary className="muted">
          {kind === 'OPERATOR' ? (
            t('audit.byOperator')
          ) : (
            <>
              {t(`audit.principal.${kind}`)} <code>{event.principalId}</code>
            </>
          )}
          {event.address && ` ${t('audit.fromAddress', { address: event.address })}`}
        </summary>
        <p className="muted">
          {t(`audit.target.${event.targetType}`)} <code>{event.targetId}</code>
        </p>
        <div className={styles.change}>
          {event.before !== null && (
            <CodeBlock label={t('audit.before')} text={JSON.stringify(event.before, null, 2)} />
          )}
          {event.after !== null && <CodeBlock label={t('audit.after')} text={JSON.stringify(event.after, null, 2)} />}
        </div>
      </details>
    </article>
  );
}

const isRevoked = ({ targetType }: AuditEvent): boolean => targetType === 'API_KEY' || targetType === 'PORTAL_LINK';
