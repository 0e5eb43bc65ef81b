import type { TenantSummary } from '@everhook/sdk';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Button, buttonClass } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { PeopleIcon, PlusIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { scopePath } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { countText, shareText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './tenants.module.css';

/** The orders of the list, by their names in the address. */
const sorts = { newest: 'NEWEST', unwell: 'UNWELL', events: 'EVENTS', deliveries: 'DELIVERIES' } as const;
type Sort = keyof typeof sorts;

const pageSize = 50;
/** Where the API stops counting. */
const mostCounted = 10_000;

/** All tenants: who needs somebody, and who is noisy. */
export default function TenantsPage() {
  const { client } = useSession();
  const t = useWords('tenants');
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('sort') ?? '';
  const sort: Sort = wanted in sorts ? (wanted as Sort) : 'newest';
  const text = search.get('search') ?? '';
  const page = Math.max(0, Math.min(10_000, Number.parseInt(search.get('page') ?? '0', 10) || 0));
  const change = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value === '') now.delete(name);
        else now.set(name, value);
        if (name !== 'page') now.delete('page');
        return now;
      },
      { replace: true },
    );
  const list = useQuery({
    queryKey: ['tenants', text, sort, page],
    queryFn: ({ signal }) =>
      client.organizations.overview(
        { search: text, sort: sorts[sort], limit: pageSize, offset: page * pageSize },
        { signal },
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  const tenants = list.data?.tenants ?? [];
  return (
    <>
      <PageHead title={t('common:places.tenants')}>
        <SearchField text={text} onChange={(value) => change('search', value)} />
        <Link href="/new" className={buttonClass({ look: 'primary' })}>
          <PlusIcon /> {t('create')}
        </Link>
      </PageHead>
      {list.isPending && <Loading rows={10} height="2.9rem" />}
      {list.isLoadingError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isRefetchError && <Outdated error={list.error} retry={() => void list.refetch()} />}
      {list.data && tenants.length === 0 && (
        <Card>
          <Empty icon={<PeopleIcon />} title={t(text ? 'none.found' : 'none.yet')}>
            <p>{t(text ? 'none.foundHint' : 'none.yetHint')}</p>
          </Empty>
        </Card>
      )}
      {tenants.length > 0 && (
        <Card aria-label={t('common:places.tenants')} aria-busy={list.isPlaceholderData}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <section className={styles.scroll} tabIndex={0} aria-label={t('scrollable')}>
            <table className={styles.table}>
              <thead>
                <tr>
                  <Column>{t('columns.tenant')}</Column>
                  <Column by="unwell" sort={sort} onSort={change}>
                    {t('columns.webhooks')}
                  </Column>
                  <Column end>{t('columns.success')}</Column>
                  <Column end>{t('columns.backlog')}</Column>
                  <Column end by="events" sort={sort} onSort={change}>
                    {t('columns.events')}
                  </Column>
                  <Column end by="deliveries" sort={sort} onSort={change}>
                    {t('columns.deliveries')}
                  </Column>
                  <Column end extra>
                    {t('columns.projects')}
                  </Column>
                  <Column end by="newest" sort={sort} onSort={change}>
                    {t('columns.created')}
                  </Column>
                </tr>
              </thead>
              <tbody>
                {tenants.map((tenant) => (
                  <Row key={tenant.organizationId} tenant={tenant} />
                ))}
              </tbody>
            </table>
          </section>
        </Card>
      )}
      {(page > 0 || list.data?.hasMore) && (
        <nav className={styles.pages} aria-label={t('pages')}>
          <Button disabled={page === 0} onClick={() => change('page', page === 1 ? '' : String(page - 1))}>
            {t('before')}
          </Button>
          <span className="number">{t('page', { page: countText(page + 1) })}</span>
          <Button disabled={!list.data?.hasMore} onClick={() => change('page', String(page + 1))}>
            {t('next')}
          </Button>
        </nav>
      )}
    </>
  );
}

/** The address follows once the writer pauses. */
function SearchField({ text, onChange }: { readonly text: string; onChange(text: string): void }) {
  const t = useWords('tenants');
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onChange(typed), 200);
    return () => clearTimeout(timer);
  });
  return (
    <input
      type="search"
      className={`${controls.input} ${styles.search}`}
      placeholder={t('search')}
      aria-label={t('searchLabel')}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

interface ColumnProps {
  readonly end?: boolean;
  /** Only where there is room. */
  readonly extra?: boolean;
  /** The order that a click on it asks for. */
  readonly by?: Sort;
  readonly sort?: Sort;
  onSort?(name: string, value: string): void;
  readonly children: ReactNode;
}

function Column({ end, extra, by, sort, onSort, children }: ColumnProps) {
  const sorted = by !== undefined && by === sort;
  const arrow = <span aria-hidden="true">{sorted ? '↓' : ''}</span>;
  return (
    <th
      scope="col"
      className={[end && styles.end, extra && styles.extra].filter(Boolean).join(' ')}
      aria-sort={sorted ? 'descending' : undefined}
    >
      {by === undefined ? (
        children
      ) : (
        <button type="button" className={styles.sort} onClick={() => onSort?.('sort', by === 'newest' ? '' : by)}>
          {/* The numbers below stand at the edge: there the arrow stands before the word. */}
          {end && arrow}
          {children}
          {!end && arrow}
        </button>
      )}
    </th>
  );
}

interface CountProps {
  readonly of: number;
  readonly bounded?: boolean;
  readonly extra?: boolean;
}

/** Nothing is quiet, so that the eye finds what is something. */
function Count({ of: count, bounded, extra }: CountProps) {
  return (
    <td className={[styles.end, extra && styles.extra].filter(Boolean).join(' ')} data-zero={count === 0}>
      {countText(count)}
      {bounded && count >= mostCounted && '+'}
    </td>
  );
}

function Row({ tenant }: { readonly tenant: TenantSummary }) {
  const t = useWords('tenants');
  const { successRate } = tenant;
  return (
    <tr>
      <th scope="row">
        <div className={styles.who}>
          <Link href={scopePath(tenant.organizationId, '')} dir="auto" className={styles.name} title={tenant.name}>
            {tenant.name}
          </Link>
          {tenant.externalId && (
            <span className={styles.external} dir="auto" title={tenant.externalId}>
              {tenant.externalId}
            </span>
          )}
        </div>
      </th>
      <td>
        <Health tenant={tenant} />
      </td>
      <td className={styles.end} data-tone={successRate !== null && successRate < 0.95 ? 'bad' : undefined}>
        {successRate === null ? <span className="muted">{t('common:none')}</span> : shareText(successRate)}
      </td>
      <Count of={tenant.backlog} bounded />
      <Count of={tenant.eventsLastHour} bounded />
      <Count of={tenant.deliveriesLastHour} />
      <Count of={tenant.projects} extra />
      <td className={styles.end}>
        <Ago time={tenant.createdAt} brief />
      </td>
    </tr>
  );
}

/** Webhooks by health: what is unwell in words, what is well as a number. */
function Health({ tenant: { healthy, degraded, disabled } }: { readonly tenant: TenantSummary }) {
  const t = useWords('tenants');
  if (healthy + degraded + disabled === 0) return <span className="muted">{t('noWebhooks')}</span>;
  return (
    <ul className={styles.health}>
      {disabled > 0 && <li data-tone="bad">{t('disabled', { count: disabled })}</li>}
      {degraded > 0 && <li data-tone="warn">{t('degraded', { count: degraded })}</li>}
      {healthy > 0 && <li data-tone="good">{t('healthy', { count: healthy })}</li>}
    </ul>
  );
}
