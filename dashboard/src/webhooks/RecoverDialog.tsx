import type { Webhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Recovery, recovery as readRecovery, recover } from '../api/lifecycle.ts';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { SelectField } from '../design/Field.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import styles from './webhooks.module.css';

const hours = { 1: 'The last hour', 24: 'The last 24 hours', 72: 'The last 3 days', 168: 'The last 7 days' };

/** Sends again what a webhook did not get, and shows how far that has come. */
export function RecoverDialog({ webhook, onClose }: { readonly webhook: Webhook; onClose(): void }) {
  const { client } = useSession();
  const [since, setSince] = useState('24');
  const [key] = useState(() => crypto.randomUUID());
  const [begun, setBegun] = useState<Recovery | null>(null);
  const [problem, setProblem] = useState<string>();
  const progress = useQuery({
    queryKey: ['recovery', begun?.id],
    queryFn: ({ signal }) => readRecovery(client, begun?.id ?? '', signal),
    enabled: begun !== null,
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'RUNNING' ? false : 1_000),
  });
  const shown = progress.data ?? begun;

  const begin = async () => {
    try {
      // The same click, tried again, starts nothing twice.
      setBegun(await recover(client, webhook.id, new Date(Date.now() - Number(since) * 3_600_000), `${key}-${since}`));
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  return (
    <Dialog
      title={`Recover deliveries of ${webhook.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{begun ? 'Close' : 'Cancel'}</Button>
          {!begun && (
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
            value={shown.total === 0 ? 1 : shown.replayed}
            aria-label="Recovered"
          />
          <p className="number">
            {shown.replayed} of {shown.total} sent again.
            {shown.state === 'FINISHED' && ' Done.'}
            {shown.state === 'CANCELLED' && ` Cancelled${shown.reason ? `: ${shown.reason}` : '.'}`}
          </p>
        </div>
      ) : (
        <div className={styles.form}>
          <p>
            Everything that failed for good or was cancelled is sent again as new deliveries, at a pace that leaves room
            for others.
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
