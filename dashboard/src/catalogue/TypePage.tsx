import type { EventType } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { Link, useLocation, useSearchParams } from 'wouter';
import { buttonClass } from '../design/Button.tsx';
import { CodeBlock } from '../design/Copy.tsx';
import { CatalogueIcon, SendIcon } from '../design/icons.tsx';
import { Badge, Card, Empty, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { SchemaTree } from '../schema/SchemaTree.tsx';
import { useSession } from '../session/session.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { isEverhooksOwn } from '../webhooks/ownTypes.ts';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';
import { SampleRequest } from './SampleRequest.tsx';
import { Subscribers } from './Subscribers.tsx';
import { TypeActions } from './TypeActions.tsx';
import { Versions } from './Versions.tsx';

/** A type of events: what its data is, how it came to be so, and who gets it. */
export default function TypePage({ id }: { readonly id: string }) {
  const { client, portal } = useSession();
  const { filter, path, may } = useScope();
  const t = useWords('catalogue');
  const name = decodeURIComponent(id);
  const found = useQuery({
    queryKey: ['eventType', name, filter],
    queryFn: ({ signal }) => client.eventTypes.get(name, { ...filter, signal }),
    staleTime: 30_000,
  });
  const type = found.data;
  const isGone = found.isLoadingError && 'code' in found.error && found.error.code === 'NOT_FOUND';
  return (
    <>
      <nav className={styles.back} aria-label={t('common:frame.above')}>
        <Link href={path('catalogue')}>{t('title')}</Link>
      </nav>
      <PageHead title={type?.name ?? name}>
        {type && !portal && (
          <div className={styles.actions}>
            {may('EVENT_PUBLISH') && !type.archivedAt && !isEverhooksOwn(type) && (
              <Link className={buttonClass({ look: 'primary' })} href={publishPath(path, type)}>
                <SendIcon /> {t('type.publish')}
              </Link>
            )}
            <TypeActions type={type} />
          </div>
        )}
      </PageHead>
      {found.isPending && <Loading rows={3} height="9rem" />}
      {isGone && (
        <Card>
          <Empty icon={<CatalogueIcon />} title={t('type.gone')}>
            <p>{t('type.goneText')}</p>
          </Empty>
        </Card>
      )}
      {found.isLoadingError && !isGone && <Failure error={found.error} retry={() => void found.refetch()} />}
      {type && <Type type={type} />}
    </>
  );
}

function publishPath(path: (to: string) => string, { name, project }: EventType): string {
  const where = project ? `&in=${project.id}` : '';
  return path(`events/publish?type=${encodeURIComponent(name)}${where}`);
}

function Type({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const { portal } = useSession();
  const { projects, may } = useScope();
  const of = isEverhooksOwn(type)
    ? t('of.everhook')
    : type.createdAt === null
      ? t('of.profile')
      : type.project
        ? t('of.project', { name: projects.find(({ id }) => id === type.project?.id)?.name ?? '' })
        : t('of.organization');
  return (
    <>
      <div className={styles.lead}>
        {type.description && <p dir="auto">{type.description}</p>}
        <div className={styles.badges}>
          {type.archivedAt && <Badge tone="warn">{t('isArchived')}</Badge>}
          {type.category && !(portal && isEverhooksOwn(type)) && <Badge plain>{type.category}</Badge>}
          {!portal && <Badge plain>{of}</Badge>}
          {type.version !== null && <Badge plain>{t('type.version', { number: type.version })}</Badge>}
        </div>
      </div>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Schema type={type} />
          <Card className={styles.panel} aria-label={t('type.example')}>
            <h2>{t('type.example')}</h2>
            {type.example === null || type.example === undefined ? (
              <Notice>{t('type.noExample')}</Notice>
            ) : (
              <CodeBlock
                label={t('picker.exampleOf', { name: type.name })}
                text={JSON.stringify(type.example, null, 2)}
              />
            )}
          </Card>
        </div>
        <div className={styles.column}>
          {may('WEBHOOK_READ') && <Subscribers type={type} />}
          {portal && may('WEBHOOK_READ') && <SampleRequest type={type} />}
          <Versions type={type} />
        </div>
      </div>
    </>
  );
}

function Schema({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const [location] = useLocation();
  const [search] = useSearchParams();
  const { path } = useScope();
  const linkTo = (place: string) => path(`${location.split('/').slice(3).join('/')}?at=${encodeURIComponent(place)}`);
  return (
    <Card className={styles.panel} aria-label={t('type.schema')}>
      <Tabs.Root defaultValue="tree" className={styles.form}>
        <div className={styles.head}>
          <h2>{t('type.data')}</h2>
          <Tabs.List className={surfaces.tabs} aria-label={t('type.schema')}>
            <Tabs.Trigger className={surfaces.tab} value="tree">
              {t('type.schema')}
            </Tabs.Trigger>
            <Tabs.Trigger className={surfaces.tab} value="json">
              {t('type.json')}
            </Tabs.Trigger>
          </Tabs.List>
        </div>
        <Tabs.Content value="tree" tabIndex={-1}>
          <SchemaTree schema={type.schema} at={search.get('at')} linkTo={linkTo} />
        </Tabs.Content>
        <Tabs.Content value="json" tabIndex={-1}>
          <CodeBlock label={t('picker.schemaOf', { name: type.name })} text={JSON.stringify(type.schema, null, 2)} />
        </Tabs.Content>
      </Tabs.Root>
    </Card>
  );
}
