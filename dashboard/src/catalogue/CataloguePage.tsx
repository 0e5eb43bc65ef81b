import type { EventType } from '@everhook/sdk';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { CatalogueIcon, PlusIcon } from '../design/icons.tsx';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { isEverhooksOwn } from '../webhooks/ownTypes.ts';
import { byCategory } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';
import { TypeEditor } from './TypeEditor.tsx';
import { typePath } from './typePath.ts';
import { useTypes } from './useTypes.ts';

/** The types of events that there are here, by category, with a search. */
export default function CataloguePage() {
  const t = useWords('catalogue');
  const { may } = useScope();
  const { portal } = useSession();
  const [search, setSearch] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const archived = search.get('archived') === 'true';
  const types = useTypes({ archived: archived ? null : false });
  const wanted = search.get('q') ?? '';
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  const fitting = (types.data ?? []).filter((type) => fits(type, wanted));
  const theirs = fitting.filter((type) => !isEverhooksOwn(type));
  const ours = fitting.filter(isEverhooksOwn);

  return (
    <>
      <PageHead title={t('title')}>
        {may('ORGANIZATION_MANAGE') && (
          <Button look="primary" onClick={() => setCreating(true)}>
            <PlusIcon /> {t('newType')}
          </Button>
        )}
      </PageHead>
      <search className={styles.bar}>
        <input
          type="search"
          className={controls.input}
          placeholder={t('search')}
          aria-label={t('search')}
          dir="auto"
          value={wanted}
          onChange={(event) => set('q', event.target.value)}
        />
        <Checkbox checked={archived} onChange={(on) => set('archived', on ? 'true' : '')}>
          {t('archived')}
        </Checkbox>
        <span className="muted" role="status">
          {types.data && t('count', { count: fitting.length })}
        </span>
      </search>
      {types.isPending && <Loading rows={4} height="6rem" />}
      {types.isLoadingError && <Failure error={types.error} retry={() => void types.refetch()} />}
      {/* What Everhook itself publishes is no beginning of one's own. */}
      {types.data && theirs.length === 0 && (!wanted || ours.length === 0) && (
        <Card className={styles.none}>
          <Empty icon={<CatalogueIcon />} title={wanted ? t('noneFits') : t('none')}>
            {!wanted && <p>{t('noneText')}</p>}
          </Empty>
        </Card>
      )}
      {byCategory(theirs).map(({ category, types: group }) => (
        <Group key={category} title={category} types={group} />
      ))}
      {ours.length > 0 && (
        <Group
          title={t(portal ? 'ownInPortal' : 'everhooksOwn')}
          text={t(portal ? 'ownInPortalText' : 'everhooksOwnText')}
          types={ours}
        />
      )}
      {creating && <TypeEditor type={null} onClose={() => setCreating(false)} />}
    </>
  );
}

function fits({ name, description, category }: EventType, wanted: string): boolean {
  const words = wanted.toLowerCase().split(/\s+/);
  const text = `${name} ${category ?? ''} ${description ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** So many are shown at first, and with each click: a group may have thousands. */
const atOnce = 100;

interface GroupProps {
  readonly title: string;
  readonly text?: string;
  readonly types: readonly EventType[];
}

function Group({ title, text, types }: GroupProps) {
  const t = useWords('catalogue');
  const { path, projects, project } = useScope();
  const [count, setCount] = useState(atOnce);
  return (
    <section className={styles.group} aria-label={title}>
      <h2 dir="auto">{title}</h2>
      {text && <p className="muted">{text}</p>}
      <Card>
        <ul>
          {types.slice(0, count).map((type) => (
            <li key={`${type.name} ${type.project?.id}`} className={styles.row}>
              <Link className={styles.typeName} href={path(typePath(type))}>
                {type.name}
              </Link>
              <span className={styles.typeText} dir="auto">
                {type.description}
              </span>
              <span className={styles.badges}>
                {type.archivedAt && <Badge>{t('isArchived')}</Badge>}
                {!project && type.project && (
                  <Badge plain>{projects.find(({ id }) => id === type.project?.id)?.name ?? '–'}</Badge>
                )}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      {types.length > count && (
        <div>
          <Button small onClick={() => setCount(count + atOnce)}>
            {t('data.more', { count: types.length - count })}
          </Button>
        </div>
      )}
    </section>
  );
}
