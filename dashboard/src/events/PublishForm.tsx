import { type EventAsText, type EventType, EverhookError, JsonText, type PublishedEvent } from '@everhook/sdk';
import { Tabs } from 'radix-ui';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CodeField, TextField } from '../design/Field.tsx';
import { SendIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { beginning } from '../schema/fits.ts';
import type { Drafts } from '../schema/formContext.ts';
import { JsonForm } from '../schema/JsonForm.tsx';
import { type Json, readTree, treeOf, writeTree } from '../schema/jsonTree.ts';
import { type Schema, SchemaDocument } from '../schema/schemaDocument.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';
import { type LabelRow, LabelsField } from './LabelsField.tsx';

interface FormProps {
  readonly type: EventType;
  readonly target: { readonly projectId: string } | { readonly organizationId: string };
  /** An event whose content it begins with, in place of the type's example. */
  readonly again: EventAsText | null;
  onPublished(event: PublishedEvent): void;
}

/** Longer data has no form: nobody fills it in by hand, and a field for each value would take the page's breath. */
const maxFormText = 100_000;

interface Problem {
  /** As the API names it: `data.items[0].price`; empty for the whole event. */
  readonly path: string;
  readonly message: string;
}

/** The data as text, and the value that it is: null while the text is no JSON. */
interface Content {
  readonly text: string;
  readonly tree: Json | null;
  readonly wrong: string | null;
}

const contentOf = (tree: Json): Content => ({ text: writeTree(tree), tree, wrong: null });

/** The data of an event as a form or as JSON, whichever is at hand: both are the same text. */
export function PublishForm({ type, target, again, onPublished }: FormProps) {
  const t = useWords('events');
  const { client, handleAuthError } = useSession();
  const { projects } = useScope();
  const example = useMemo(() => exampleOf(type), [type]);
  const first = useMemo(() => (again?.dataText ? readTree(again.dataText) : example), [again, example]);
  const [content, setContent] = useState<Content>(() => contentOf(first));
  const [tab, setTab] = useState<string>('form');
  const [labels, setLabels] = useState<readonly LabelRow[]>(() => Object.entries(again?.labels ?? {}));
  const [key, setKey] = useState('');
  const [previous, setPrevious] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [broken, setBroken] = useState<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);
  const profile = 'projectId' in target ? projects.find(({ id }) => id === target.projectId)?.profile : undefined;
  const drafts = useMemo<Drafts>(
    () => ({
      set: (path, is) =>
        setBroken((now) => {
          if (now.has(path) === is) return now;
          const next = new Set(now);
          if (is) next.add(path);
          else next.delete(path);
          return next;
        }),
    }),
    [],
  );

  // The first field at fault is where one goes on.
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);

  const change = (tree: Json) => {
    setContent(contentOf(tree));
    setProblem(null);
  };
  const retype = (text: string) => {
    setProblem(null);
    setBroken(new Set());
    try {
      setContent({ text, tree: readTree(text), wrong: null });
    } catch (error) {
      setContent({ text, tree: null, wrong: messageOf(error) });
    }
  };

  const publish = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setProblem(null);
    if (content.wrong !== null)
      return setProblem({ path: 'data', message: t('publish.noJson', { message: content.wrong }) });
    if (tab === 'form' && broken.size > 0) {
      return setProblem({ path: '', message: t('publish.unfinished', { places: [...broken].join(', ') }) });
    }
    const named = labels.filter(([name, value]) => name !== '' || value !== '');
    if (new Set(named.map(([name]) => name)).size < named.length) {
      return setProblem({ path: 'labels', message: t('publish.labelTwice') });
    }
    let before: JsonText | undefined;
    try {
      before = previous.trim() === '' ? undefined : new JsonText(previous);
    } catch (error) {
      return setProblem({ path: 'previous', message: t('publish.noJson', { message: messageOf(error) }) });
    }
    setBusy(true);
    try {
      const published = await client.events.publish(
        {
          type: type.name,
          data: new JsonText(content.text),
          ...(before && { previous: before }),
          ...(named.length > 0 && { labels: Object.fromEntries(named) }),
          ...(key.trim() !== '' && { idempotencyKey: key.trim() }),
        },
        target,
      );
      onPublished(published);
    } catch (error) {
      handleAuthError(error);
      const path = error instanceof EverhookError ? (error.field ?? '') : '';
      setProblem({ path, message: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };

  const about = (name: string): string | undefined =>
    problem && (problem.path === name || problem.path.startsWith(`${name}.`) || problem.path.startsWith(`${name}[`))
      ? problem.path === name
        ? problem.message
        : `${problem.path}: ${problem.message}`
      : undefined;
  const shown = ['data', 'labels', 'idempotencyKey', 'previous'].some((name) => about(name) !== undefined);
  const tooLong = content.text.length > maxFormText;

  return (
    <form ref={form} className={styles.form} onSubmit={publish} noValidate>
      <Tabs.Root value={tab} onValueChange={setTab} className={styles.form}>
        <div className={styles.dataHead}>
          <Tabs.List className={surfaces.tabs} aria-label={t('event.dataForm')}>
            <Tabs.Trigger className={surfaces.tab} value="form">
              {t('publish.form')}
            </Tabs.Trigger>
            <Tabs.Trigger className={surfaces.tab} value="json">
              {'JSON'}
            </Tabs.Trigger>
          </Tabs.List>
          <Button small onClick={() => change(example)}>
            {t('publish.example')}
          </Button>
        </div>
        <Tabs.Content value="form" tabIndex={-1}>
          {content.tree === null && (
            <Notice tone="warn">
              {t('publish.noForm', { message: content.wrong ?? '' })}{' '}
              <Button small onClick={() => setTab('json')}>
                {t('publish.toJson')}
              </Button>
            </Notice>
          )}
          {content.tree !== null && tooLong && <Notice>{t('publish.tooLong')}</Notice>}
          {content.tree !== null && !tooLong && (
            <JsonForm
              schema={type.schema}
              value={content.tree}
              path="data"
              problem={problem}
              drafts={drafts}
              onChange={change}
            />
          )}
        </Tabs.Content>
        <Tabs.Content value="json" tabIndex={-1}>
          <CodeField
            label={t('event.data')}
            hint={t('publish.jsonHint')}
            style={{ minHeight: 'max(18rem, calc(100dvh - 34rem))' }}
            problem={content.wrong === null ? about('data') : t('publish.noJson', { message: content.wrong })}
            value={content.text}
            onChange={(event) => retype(event.target.value)}
          />
        </Tabs.Content>
      </Tabs.Root>
      {profile === 'ONPLANA' && (
        <CodeField
          label={t('publish.previous')}
          hint={t('publish.previousHint')}
          optional
          rows={3}
          problem={about('previous')}
          value={previous}
          onChange={(event) => setPrevious(event.target.value)}
        />
      )}
      <LabelsField rows={labels} problem={about('labels')} onChange={setLabels} />
      <TextField
        label={t('event.key')}
        hint={t('publish.keyHint')}
        optional
        dir="auto"
        autoComplete="off"
        problem={about('idempotencyKey')}
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      {problem && (!shown || (about('data') && tab === 'form' && content.tree === null)) && (
        <Notice tone="bad">{problem.path ? `${problem.path}: ${problem.message}` : problem.message}</Notice>
      )}
      <div className={styles.actions}>
        <Button type="submit" look="primary" aria-disabled={busy}>
          <SendIcon /> {t('publish.publish')}
        </Button>
      </div>
    </form>
  );
}

/** The type's example; without one, the least that its schema asks for. */
function exampleOf({ schema, example }: EventType): Json {
  if (example !== null && example !== undefined) return treeOf(example);
  const document = new SchemaDocument((schema ?? true) as Schema);
  return beginning(document, document.root);
}
