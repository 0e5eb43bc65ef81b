import type { CreatedWebhook, Profile } from '@everhook/sdk';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { HookIcon, PlusIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { ActionDialogs } from './ActionDialogs.tsx';
import { BulkBar } from './BulkBar.tsx';
import { fits, listState, needsActivities, orderText, sorted } from './listing.ts';
import { profileTexts } from './profiles.ts';
import { useOtherTabs, useWebhooks } from './queries.ts';
import { useReveal } from './Reveals.tsx';
import { standings } from './standing.ts';
import { Activities } from './useActivity.tsx';
import { useAllActivities } from './useAllActivities.ts';
import { keepView, useView, type View } from './useView.ts';
import { WebhookCard } from './WebhookCard.tsx';
import { WebhookForm } from './WebhookForm.tsx';
import { WebhookTable } from './WebhookTable.tsx';
import styles from './webhooks.module.css';

export default function WebhooksPage() {
  return (
    <Activities>
      <ActionDialogs>
        <List />
      </ActionDialogs>
    </Activities>
  );
}

function List() {
  const { projects, may } = useScope();
  const t = useWords('webhooks');
  const webhooks = useWebhooks();
  const [search, setSearch] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const reveal = useReveal();
  useOtherTabs();
  const onCreated = ({ webhook, secret }: CreatedWebhook) =>
    secret &&
    reveal({
      title: t('reveal.ready', { name: webhook.name }),
      values: { [t('secret.label')]: secret },
      note: <p className="muted">{t('reveal.readyNote')}</p>,
    });
  const state = useMemo(() => listState(search), [search]);
  const { order } = state;
  const { data } = webhooks;
  const view = useView(state.view, data?.length);
  const fitting = useMemo(() => data?.filter((webhook) => fits(webhook, state)), [data, state]);
  const ids = useMemo(() => fitting?.map(({ id }) => id) ?? [], [fitting]);
  const activities = useAllActivities(ids, needsActivities(order));
  const shown = useMemo(() => fitting && sorted(fitting, order, activities), [fitting, order, activities]);
  const selected = useMemo(() => data?.filter(({ id }) => chosen.has(id)) ?? [], [data, chosen]);
  const profiles = useMemo(() => [...new Set(data?.map(({ profile }) => profile))], [data]);
  const selectable = may('WEBHOOK_MANAGE') || may('DELIVERY_REPLAY');

  const set = (name: string, value: string | null) =>
    setSearch(
      (now) => {
        if (value === null || value === '') now.delete(name);
        else now.set(name, value);
        return now;
      },
      { replace: true },
    );
  // The palette and the overview lead to the form by `?new=`.
  const asked = search.has('new') && may('WEBHOOK_MANAGE');
  const close = () => {
    setCreating(false);
    if (asked) set('new', null);
  };
  const show = (to: View) => {
    keepView(to);
    set('view', to);
  };
  const add = may('WEBHOOK_MANAGE') && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <PlusIcon /> {t('add')}
    </Button>
  );

  return (
    <div className={view === 'table' ? styles.page : undefined}>
      <PageHead title={t('title')}>
        <div className={styles.filters}>
          <input
            type="search"
            className={controls.input}
            placeholder={t('searchHint')}
            aria-label={t('search')}
            value={state.search}
            onChange={(event) => set('search', event.target.value)}
          />
          <select
            className={controls.input}
            aria-label={t('filters.state')}
            value={state.standing ?? ''}
            onChange={(event) => set('state', event.target.value)}
          >
            <option value="">{t('filters.anyState')}</option>
            {standings.map((each) => (
              <option key={each} value={each}>
                {t(`standing.${each}`)}
              </option>
            ))}
          </select>
          {(profiles.length > 1 || state.profile !== null) && (
            <select
              className={controls.input}
              aria-label={t('filters.profile')}
              value={state.profile ?? ''}
              onChange={(event) => set('profile', event.target.value)}
            >
              <option value="">{t('filters.anyProfile')}</option>
              {[...new Set<Profile>([...profiles, ...(state.profile ? [state.profile] : [])])].map((each) => (
                <option key={each} value={each}>
                  {profileTexts[each].name}
                </option>
              ))}
            </select>
          )}
        </div>
        <fieldset className={styles.views}>
          <legend className="visually-hidden">{t('view.label')}</legend>
          {(['table', 'cards'] as const).map((each) => (
            <Button key={each} small aria-pressed={view === each} onClick={() => show(each)}>
              {t(`view.${each}`)}
            </Button>
          ))}
        </fieldset>
        {add}
      </PageHead>
      {webhooks.isPending &&
        (view === 'table' ? (
          <Loading rows={12} height="3.5rem" />
        ) : (
          <Loading rows={8} height="14.4rem" className={styles.list} />
        ))}
      {webhooks.isLoadingError && <Failure error={webhooks.error} retry={() => void webhooks.refetch()} />}
      {webhooks.isRefetchError && <Outdated error={webhooks.error} retry={() => void webhooks.refetch()} />}
      {shown?.length === 0 && (
        <Card>
          {data?.length === 0 ? (
            <Empty icon={<HookIcon />} title={t('empty.title')}>
              <p>
                {t('empty.what')} {projects.length === 0 && t('empty.project')}
              </p>
              {add}
            </Empty>
          ) : (
            <Empty icon={<HookIcon />} title={t('empty.none')}>
              <p>{t('empty.change')}</p>
              <Button
                onClick={() =>
                  setSearch((now) => {
                    for (const name of ['search', 'state', 'profile']) now.delete(name);
                    return now;
                  })
                }
              >
                {t('empty.clear')}
              </Button>
            </Empty>
          )}
        </Card>
      )}
      {shown && shown.length > 0 && view === 'table' && (
        <WebhookTable
          webhooks={shown}
          order={order}
          onOrder={(next) => set('sort', next && orderText(next))}
          selectable={selectable}
          selected={chosen}
          onSelect={setChosen}
        />
      )}
      {shown && shown.length > 0 && view === 'cards' && (
        <ul className={styles.list}>
          {shown.map((webhook) => (
            <li key={webhook.id}>
              <WebhookCard webhook={webhook} />
            </li>
          ))}
        </ul>
      )}
      <BulkBar selected={selected} onClear={() => setChosen(new Set())} />
      {(creating || asked) && <WebhookForm onCreated={onCreated} onClose={close} />}
    </div>
  );
}
