import { type Erasure, type Labels, ValidationError } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { labelsOf } from '../deliveries/labels.ts';
import { Button } from '../design/Button.tsx';
import { CodeField, SelectField, TextField } from '../design/Field.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Card, Empty, Failure, Loading, messageOf, Notice } from '../design/Surfaces.tsx';
import { newKey } from '../session/newKey.ts';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** Erasures of events' content: one is begun here, and each leaves a receipt. */
export default function ErasuresTab() {
  const { client } = useSession();
  const { filter } = useScope();
  const t = useWords('settings');
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [asks, setAsks] = useState(false);
  const named = search.get('erasure');
  const queryKey = ['erasures', filter];
  const list = useOlder(queryKey, ({ signal, after }) =>
    client.erasures.list({ ...filter, signal }).page({ first: 50, after }),
  );
  const show = (id: string | null) =>
    setSearch(
      (now) => {
        if (id === null) now.delete('erasure');
        else now.set('erasure', id);
        return now;
      },
      { replace: true },
    );
  const erasures = list.items ?? [];
  return (
    <>
      <div className={styles.bar}>
        <p>{t('erasures.about')}</p>
        <Button onClick={() => setAsks(true)}>{t('erasures.new')}</Button>
      </div>
      {named && (
        <Progress
          key={named}
          id={named}
          onFinished={() => void queries.invalidateQueries({ queryKey: ['erasures'] })}
          onDismiss={() => show(null)}
        />
      )}
      {list.isPending && <Loading rows={3} height="3rem" />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && erasures.length === 0 && (
        <Card>
          <Empty title={t('erasures.none')}>
            <p>{t('erasures.noneText')}</p>
          </Empty>
        </Card>
      )}
      {erasures.length > 0 && (
        <Table
          label={t('tab.erasures')}
          columns={[
            t('erasures.when'),
            t('erasures.by'),
            t('erasures.state'),
            { end: t('erasures.events') },
            { end: t('erasures.deliveries') },
            { end: t('erasures.cancelled') },
          ]}
        >
          {erasures.map((erasure) => (
            <tr key={erasure.id}>
              <th scope="row">
                <Ago time={erasure.createdAt} />
              </th>
              <td>{selectorOf(erasure, t)}</td>
              <td>
                <Badge tone={erasure.state === 'FINISHED' ? 'good' : 'warn'}>{t(`erasures.is.${erasure.state}`)}</Badge>
              </td>
              <td className={`${styles.end} number`}>{countText(erasure.erasedEvents)}</td>
              <td className={`${styles.end} number`}>{countText(erasure.erasedDeliveries)}</td>
              <td className={`${styles.end} number`}>{countText(erasure.cancelledDeliveries)}</td>
            </tr>
          ))}
        </Table>
      )}
      <ShowOlder list={list} />
      {asks && (
        <EraseDialog
          onBegun={({ id }) => {
            show(id);
            void queries.invalidateQueries({ queryKey: ['erasures'] });
          }}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  );
}

type Words = ReturnType<typeof useWords<'settings'>>;

const selectorOf = ({ selector, labelKeys }: Erasure, t: Words): string =>
  selector === 'IDS' ? t('erasures.byIds') : t('erasures.byLabels', { keys: labelKeys.join(', ') });

interface ProgressProps {
  readonly id: string;
  onFinished(): void;
  onDismiss(): void;
}

function Progress({ id, onFinished, onDismiss }: ProgressProps) {
  const { client, handleAuthError } = useSession();
  const t = useWords('settings');
  const [erasure, setErasure] = useState<Erasure | null>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const ending = new AbortController();
    const follow = async () => {
      for await (const state of client.erasures.watch(id, { signal: ending.signal })) setErasure(state);
    };
    keepFollowing(follow, ending.signal).catch((error: unknown) => {
      handleAuthError(error);
      setProblem(messageOf(error));
    });
    return () => ending.abort();
  }, [client, handleAuthError, id]);
  const finished = erasure?.state === 'FINISHED';
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when it has finished.
  useEffect(() => {
    if (finished) onFinished();
  }, [finished]);
  if (problem) return <Notice tone="warn">{t('erasures.unknown', { problem })}</Notice>;
  return (
    <Card className={styles.deletion} aria-label={t('erasures.receipt')}>
      <div className={styles.deletionHead}>
        <strong>{t('erasures.receipt')}</strong>
        <code>{id}</code>
        {erasure && <Badge tone={finished ? 'good' : 'warn'}>{t(`erasures.is.${erasure.state}`)}</Badge>}
        <Button small className={styles.last} onClick={onDismiss}>
          {t('erasures.hide')}
        </Button>
      </div>
      <p role="status" className="number">
        {erasure
          ? t('erasures.progress', {
              events: countText(erasure.erasedEvents),
              deliveries: countText(erasure.erasedDeliveries),
              cancelled: countText(erasure.cancelledDeliveries),
            })
          : t('common:loading')}
      </p>
    </Card>
  );
}

interface EraseProps {
  onBegun(erasure: Erasure): void;
  onClose(): void;
}

function EraseDialog({ onBegun, onClose }: EraseProps) {
  const { client } = useSession();
  const { filter, organization, project } = useScope();
  const t = useWords('settings');
  const [by, setBy] = useState<'labels' | 'ids'>('labels');
  const [labels, setLabels] = useState('');
  const [ids, setIds] = useState('');
  const [typed, setTyped] = useState('');
  const begun = useRef<Erasure | null>(null);
  // The same choice is begun once, however often it is sent.
  const [keys] = useState(() => new Map<string, string>());
  const word = t('erasures.word');
  const submit = async () => {
    const list = ids.split(/[\s,]+/).filter((id) => id !== '');
    const read = labelsOf(labels);
    if (by === 'ids' && list.length === 0) throw new ValidationError(t('erasures.idsMissing'), { field: 'ids' });
    if (by === 'labels' && !read?.length) throw new ValidationError(t('erasures.labelsWrong'), { field: 'labels' });
    if (typed.trim() !== word) throw new ValidationError(t('erasures.typeIt', { word }), { field: 'confirmation' });
    const choice = by === 'ids' ? list.join() : labels.trim();
    const key = keys.get(choice) ?? newKey();
    keys.set(choice, key);
    begun.current = await client.erasures.start({
      ...filter,
      ...(by === 'ids' ? { ids: list } : { labels: Object.fromEntries(read ?? []) satisfies Labels }),
      idempotencyKey: key,
    });
  };
  return (
    <FormDialog
      title={t('erasures.title')}
      action={t('erasures.action')}
      danger
      onSubmit={submit}
      onClose={() => {
        onClose();
        if (begun.current) onBegun(begun.current);
      }}
    >
      <p>
        {t('erasures.text')} <bdi>{project?.name ?? organization.name}</bdi>
      </p>
      <SelectField
        label={t('erasures.select')}
        value={by}
        onChange={(event) => setBy(event.target.value === 'ids' ? 'ids' : 'labels')}
      >
        <option value="labels">{t('erasures.selectLabels')}</option>
        <option value="ids">{t('erasures.selectIds')}</option>
      </SelectField>
      {by === 'labels' ? (
        <TextField
          name="labels"
          label={t('erasures.labels')}
          hint={t('erasures.labelsHint')}
          spellCheck={false}
          dir="auto"
          value={labels}
          onChange={(event) => setLabels(event.target.value)}
        />
      ) : (
        <CodeField
          name="ids"
          label={t('erasures.ids')}
          hint={t('erasures.idsHint')}
          rows={5}
          value={ids}
          onChange={(event) => setIds(event.target.value)}
        />
      )}
      <TextField
        name="confirmation"
        label={t('erasures.typeIt', { word })}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </FormDialog>
  );
}
