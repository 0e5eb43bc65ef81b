import type { Webhook } from '@everhook/sdk';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Tabs } from 'radix-ui';
import { useSearchParams } from 'wouter';
import { Body, HeaderTable } from '../deliveries/Message.tsx';
import { CodeBlock } from '../design/Copy.tsx';
import { SelectField } from '../design/Field.tsx';
import { Card, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { useSession } from '../session/session.tsx';
import { profileTexts } from '../webhooks/profiles.ts';
import { useEventTypes } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import { receiverCode, sdkCode } from './receivers/code.ts';
import styles from './webhook.module.css';

/** What a webhook's requests look like, and how a receiver verifies them. */
export function RequestTab({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const [search, setSearch] = useSearchParams();
  const types = useEventTypes(webhook.project?.id ?? null);
  const taken = types.data?.filter(({ name }) => webhook.eventTypes.length === 0 || webhook.eventTypes.includes(name));
  const chosen = search.get('type');
  // The test event is none of the types, and every webhook can get it.
  const type = chosen ?? taken?.[0]?.name;
  const sample = useQuery({
    queryKey: ['sampleRequest', webhook.id, webhook.updatedAt, type ?? null],
    queryFn: ({ signal }) => client.webhooks.sampleRequest(webhook.id, type === '' ? undefined : type, { signal }),
    enabled: types.isSuccess || types.isError,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  const { data } = sample;
  return (
    <div className={styles.columns}>
      <Card className={styles.section} aria-label={t('request.title')}>
        <h2>{t('request.title')}</h2>
        <p className="muted">{t('request.hint')}</p>
        <SelectField
          label={t('request.type')}
          value={type ?? ''}
          onChange={(event) =>
            setSearch(
              (now) => {
                now.set('type', event.target.value);
                return now;
              },
              { replace: true },
            )
          }
        >
          {taken?.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          {chosen && taken && !taken.some(({ name }) => name === chosen) && <option value={chosen}>{chosen}</option>}
          <option value="">{t('request.test')}</option>
        </SelectField>
        {sample.isError && <Failure error={sample.error} retry={() => void sample.refetch()} />}
        {sample.isPending && <Loading rows={2} height="10rem" />}
        {data && (
          <>
            <p className={styles.line}>
              <code>
                {data.request.method} {data.request.url}
              </code>
            </p>
            <h3>{t('request.headers')}</h3>
            <HeaderTable headers={data.request.headers ?? []} label={t('request.headers')} />
            <h3>{t('request.body')}</h3>
            <Body text={data.request.body ?? ''} label={t('request.body')} />
            {data.secret !== null && data.secret !== undefined && (
              <Notice>
                {t('request.secret')} <code className={styles.breaks}>{data.secret}</code>
              </Notice>
            )}
          </>
        )}
      </Card>
      <Verification webhook={webhook} />
    </div>
  );
}

function Verification({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const { portal } = useSession();
  // A portal names nothing of ours, so its customers verify by hand.
  const languages = portal ? (['node', 'python', 'go'] as const) : (['sdk', 'node', 'python', 'go'] as const);
  const load = receiverCode[webhook.profile];
  const code = useQuery({
    queryKey: ['receiverCode', webhook.profile],
    queryFn: async () => (await load?.()) ?? null,
    enabled: load !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const given = code.data;
  return (
    <Card className={styles.section} aria-label={t('request.verify')}>
      <h2>{t('request.verify')}</h2>
      {!load && <p>{t('request.unsigned', { profile: profileTexts[webhook.profile].name })}</p>}
      {load && <p className="muted">{t('request.raw')}</p>}
      {code.isError && <Failure error={code.error} retry={() => void code.refetch()} />}
      {load && code.isPending && <Loading rows={1} height="12rem" />}
      {given && (
        <Tabs.Root defaultValue={languages[0]}>
          <Tabs.List className={surfaces.tabs} aria-label={t('request.languages')}>
            {languages.map((each) => (
              <Tabs.Trigger key={each} className={surfaces.tab} value={each}>
                {t(`request.code.${each}`)}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {languages.map((each) => (
            <Tabs.Content key={each} value={each} tabIndex={-1}>
              <CodeBlock
                label={t('request.codeLabel')}
                text={each === 'sdk' ? sdkCode(webhook.profile) : given[each]}
              />
            </Tabs.Content>
          ))}
        </Tabs.Root>
      )}
    </Card>
  );
}
