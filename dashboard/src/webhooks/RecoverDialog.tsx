import type { Recovery, Webhook } from '@everhook/sdk';
import { useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { SelectField } from '../design/Field.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { newKey } from '../session/newKey.ts';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import styles from './webhooks.module.css';

const hours = { 1: 'The last hour', 24: 'The last 24 hours', 72: 'The last 3 days', 168: 'The last 7 days' };

/** Sends missed deliveries of a webhook again, and shows the progress. */
export function RecoverDialog({ webhook, onClose }: { readonly webhook: Webhook; onClose(): void }) {
  const { client, handleAuthError } = useSession();
  const [since, setSince] = useState('24');
  const [key] = useState(newKey);
  // One key for each choice, from its first click on: a repeated request starts nothing twice.
  const [times] = useState(() => new Map<string, Date>());
  const [shown, setShown] = useState<Recovery | null>(null);
  const [problem, setProblem] = useState<string>();

  const id = shown?.id;
  useEffect(() => {
    if (id === undefined) return;
    const ending = new AbortController();
    const follow = async () => {
      for await (const state of client.recoveries.watch(id, { signal: ending.signal })) setShown(state);
    };
    keepFollowing(follow, ending.signal).catch((error: unknown) => {
      handleAuthError(error);
      setProblem(messageOf(error));
    });
    return () => ending.abort();
  }, [client, handleAuthError, id]);

  const begin = async () => {
    setProblem(undefined);
    const from = times.get(since) ?? new Date(Date.now() - Number(since) * 3_600_000);
    times.set(since, from);
    try {
      setShown(
        await client.recoveries.start({
          webhookId: webhook.id,
          since: from,
          idempotencyKey: `${key}-${since}`,
        }),
      );
    } catch (error) {
      handleAuthError(error);
      setProblem(messageOf(error));
    }
  };

  return (
    <Dialog
      title={`Recover deliveries of ${webhook.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{shown ? 'Close' : 'Cancel'}</Button>
          {!shown && (
            <Button look="primary" onClick={begin}>
              Recover
            </Button>
          )}
        </>
      }
    >
      {shown ? (
        <div className={styles.form} role="status">
          <progress
            className={styles.progress}
            max={Math.max(shown.total, 1)}
            value={shown.total === 0 ? 1 : shown.recovered}
            aria-label="Recovered"
          />
          <p className="number">
            {shown.recovered} of {shown.total} sent.
            {shown.state === 'FINISHED' && ' Done.'}
            {shown.state === 'CANCELLED' && ` Cancelled${shown.reason ? `: ${shown.reason}` : '.'}`}
          </p>
          {problem && <Notice tone="bad">{problem} It goes on all the same; how far it is cannot be shown.</Notice>}
        </div>
      ) : (
        <div className={styles.form}>
          <p>
            Everything that failed for good or was cancelled with the webhook is sent again, and what it missed is sent
            for the first time, as new deliveries, at a pace that leaves room for others.
          </p>
          <SelectField label="Since" value={since} onChange={(event) => setSince(event.target.value)}>
            {Object.entries(hours).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </SelectField>
          {problem && <Notice tone="bad">{problem}</Notice>}
        </div>
      )}
    </Dialog>
  );
}
