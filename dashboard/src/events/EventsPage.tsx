import { EverhookError, type PublishedEvent } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { type FormEvent, useId, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { CodeField, SelectField } from '../design/Field.tsx';
import { SendIcon, SparkIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading, messageOf } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { permissionTexts } from '../settings/permissionTexts.ts';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { byCategory, useEventTypes } from '../webhooks/queries.ts';
import styles from './events.module.css';
import { FanOut } from './FanOut.tsx';

/** Publishes an event by hand, from a type's example, and shows where it goes. */
export default function EventsPage() {
  const { client, handleAuthError } = useSession();
  const { filter, project, may } = useScope();
  const types = useEventTypes(project?.id ?? null);
  const [search, setSearch] = useSearchParams();
  const formId = useId();
  const [data, setData] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [published, setPublished] = useState<PublishedEvent | null>(null);

  const all = byCategory(types.data ?? []).flatMap((group) => group.types);
  const type = all.find(({ name }) => name === search.get('type')) ?? all[0];
  const text = data ?? JSON.stringify(type?.example ?? {}, null, 2);

  const publish = async (event: FormEvent) => {
    event.preventDefault();
    if (!type) return;
    setProblem(undefined);
    let parsed: unknown;
    try {
      parsed = parseJson(text);
    } catch (error) {
      return setProblem(`This is no JSON: ${messageOf(error)}`);
    }
    setBusy(true);
    try {
      setPublished(await client.events.publish({ type: type.name, data: parsed }, filter));
    } catch (error) {
      handleAuthError(error);
      const field = error instanceof EverhookError && error.field ? `${error.field}: ` : '';
      setProblem(`${field}${messageOf(error)}`);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <PageHead title="Events" />
      {types.isPending && <Loading rows={2} height="max(32rem, calc(100dvh - 9rem))" className={styles.columns} />}
      {types.isError && <Failure error={types.error} retry={() => void types.refetch()} />}
      {types.isSuccess && !type && (
        <Card>
          <Empty icon={<SparkIcon />} title="No event types here">
            <p>
              {project
                ? 'This project brings its own event types: make the first one under Settings.'
                : 'Choose a project on the left: its profile has a catalogue of events.'}
            </p>
          </Empty>
        </Card>
      )}
      {type && (
        <div className={styles.columns}>
          <Card className={styles.panel} aria-label="Publish an event">
            <form id={formId} className={styles.form} onSubmit={publish}>
              <SelectField
                label="Event"
                hint={type.description}
                value={type.name}
                onChange={(event) => {
                  setData(null);
                  setProblem(undefined);
                  setSearch(
                    (now) => {
                      now.set('type', event.target.value);
                      return now;
                    },
                    { replace: true },
                  );
                }}
              >
                {byCategory(types.data ?? []).map(({ category, types: group }) => (
                  <optgroup key={category} label={category}>
                    {group.map(({ name }) => (
                      <option key={name}>{name}</option>
                    ))}
                  </optgroup>
                ))}
              </SelectField>
              <CodeField
                label="Data"
                hint="JSON that fits the type’s schema. It begins as the type’s example."
                style={{ minHeight: 'max(20rem, calc(100dvh - 27rem))' }}
                problem={problem}
                value={text}
                onChange={(event) => setData(event.target.value)}
              />
              <div className={styles.actions}>
                <Button disabled={data === null} onClick={() => setData(null)}>
                  Back to the example
                </Button>
                <Button type="submit" look="primary" disabled={busy}>
                  <SendIcon /> Publish
                </Button>
              </div>
            </form>
          </Card>
          <Card className={styles.panel} aria-label="Fan-out">
            {published && may('WEBHOOK_READ') && <FanOut key={published.id} event={published} />}
            {published && !may('WEBHOOK_READ') && (
              <Empty icon={<SparkIcon />} title="Published">
                <p>It takes “{permissionTexts.WEBHOOK_READ}” to follow it.</p>
              </Empty>
            )}
            {!published && (
              <Empty icon={<SparkIcon />} title="Nothing published yet">
                <p>
                  What you publish is a real event: every webhook that subscribed gets it. Where it goes shows here.
                </p>
              </Empty>
            )}
          </Card>
        </div>
      )}
    </>
  );
}
