import type { PublishedEvent } from '@everhook/sdk';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { usePublishable } from '../catalogue/useTypes.ts';
import { SelectField } from '../design/Field.tsx';
import { SparkIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useReach } from '../shell/reach.ts';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { byCategory } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';
import { FanOut } from './FanOut.tsx';
import { PublishForm } from './PublishForm.tsx';
import { useEventAgain } from './useEventAgain.ts';

/** Publishes an event by hand, and shows where it goes. */
export function PublishPage() {
  const t = useWords('events');
  const { project, organization, may, path } = useScope();
  const [search, setSearch] = useSearchParams();
  const [published, setPublished] = useState<PublishedEvent | null>(null);
  const reach = useReach('EVENT_PUBLISH');
  const again = useEventAgain(search.get('again'));
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        now.delete('again');
        now.set(name, value);
        return now;
      },
      { replace: true },
    );

  const whole = 'organization';
  const places = [...(reach.whole ? [whole] : []), ...reach.projects.map(({ id }) => id)];
  const told = search.get('in') ?? (again.data ? (again.data.project?.id ?? whole) : null);
  const place = project?.id ?? (told !== null && places.includes(told) ? told : places.length === 1 ? places[0] : null);
  const target = place == null ? null : place === whole ? { organizationId: organization.id } : { projectId: place };
  const types = usePublishable(target);
  const name = search.get('type') ?? again.data?.type;
  const type = types.data?.find((each) => each.name === name);

  return (
    <>
      {may('WEBHOOK_READ') && (
        <nav className={styles.back} aria-label={t('common:frame.above')}>
          <Link href={path('events')}>{t('title')}</Link>
        </nav>
      )}
      <PageHead title={t('publish.title')} />
      <div className={styles.columns}>
        <Card className={`${styles.panel} ${styles.publishing}`} aria-label={t('publish.event')}>
          <div className={styles.form}>
            {!project && (
              <SelectField
                label={t('publish.where')}
                hint={t('publish.whereHint')}
                value={place ?? ''}
                onChange={(event) => set('in', event.target.value)}
              >
                {place == null && <option value="">{t('publish.chooseWhere')}</option>}
                {reach.whole && <option value={whole}>{t('publish.whole', { name: organization.name })}</option>}
                {reach.projects.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
              </SelectField>
            )}
            {target && types.isPending && <Loading rows={2} height="4rem" />}
            {again.isError && <Failure error={again.error} retry={() => void again.refetch()} />}
            {types.isError && <Failure error={types.error} retry={() => void types.refetch()} />}
            {types.data?.length === 0 && (
              <Empty icon={<SparkIcon />} title={t('publish.noTypes')}>
                <p>{t('publish.noTypesText')}</p>
                <Link href={path('catalogue')}>{t('publish.toCatalogue')}</Link>
              </Empty>
            )}
            {types.data && types.data.length > 0 && (
              <SelectField
                label={t('publish.type')}
                hint={type?.description}
                value={type?.name ?? ''}
                onChange={(event) => set('type', event.target.value)}
              >
                {!type && <option value="">{t('publish.chooseType')}</option>}
                {byCategory(types.data).map(({ category, types: group }) => (
                  <optgroup key={category} label={category}>
                    {group.map((each) => (
                      <option key={each.name}>{each.name}</option>
                    ))}
                  </optgroup>
                ))}
              </SelectField>
            )}
          </div>
          {target && type && !again.isLoading && (
            <PublishForm
              // Another type begins with its own example.
              key={`${place} ${type.name} ${again.data?.id ?? ''}`}
              type={type}
              target={target}
              again={again.data?.type === type.name ? again.data : null}
              onPublished={setPublished}
            />
          )}
        </Card>
        <Card className={styles.panel} aria-label={t('fanOut.title')}>
          {published && may('WEBHOOK_READ') && (
            <>
              <p className={styles.published}>
                <Link href={path(`events/${published.id}`)}>{published.type}</Link>{' '}
                <code className="muted">{published.id}</code>
              </p>
              <FanOut
                key={published.id}
                event={{ ...published, project: place === whole || place == null ? null : { id: place } }}
              />
            </>
          )}
          {published && !may('WEBHOOK_READ') && (
            <Empty icon={<SparkIcon />} title={t('publish.published')}>
              <p>
                <code>{published.id}</code>
              </p>
              <p>{t('publish.cannotFollow', { permission: t('common:permissions.WEBHOOK_READ') })}</p>
            </Empty>
          )}
          {!published && (
            <Empty icon={<SparkIcon />} title={t('publish.nothingYet')}>
              <p>{t('publish.nothingYetText')}</p>
            </Empty>
          )}
        </Card>
      </div>
    </>
  );
}
