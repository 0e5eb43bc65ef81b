import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import styles from './deliveries.module.css';

/** Deliveries that the API replays in one call. */
const maxReplayed = 100;

interface SelectionProps {
  readonly selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
}

/** Sends the selected deliveries again, up to the API's limit. */
export function ReplaySelection({ selected, onSelect }: SelectionProps) {
  const { client } = useSession();
  const toast = useToast();
  // Repeating the same selection sends nothing twice; a changed one gets a new key.
  const of = [...selected].sort().join();
  const [kept, setKept] = useState(() => ({ of, key: newKey() }));
  if (kept.of !== of) setKept({ of, key: newKey() });
  const sending = useMutation({
    mutationFn: () => client.deliveries.bulkReplay([...selected], { idempotencyKey: kept.key }),
    onSuccess: ({ deliveries, skippedInboundIds }) => {
      const skipped = skippedInboundIds.length > 0 ? ` ${skippedInboundIds.length} inbound ones were left out.` : '';
      toast(`${deliveries.length} ${deliveries.length === 1 ? 'delivery is' : 'deliveries are'} sent again.${skipped}`);
      onSelect(new Set());
    },
    onError: (error) => toast(messageOf(error)),
  });
  if (selected.size === 0) return null;
  const tooMany = selected.size > maxReplayed;
  // Ids grow with time.
  const newest = () => new Set([...selected].sort().slice(-maxReplayed));
  return (
    <div className={styles.selection}>
      <span role="status" className="number">
        {selected.size} of at most {maxReplayed} selected
      </span>
      {tooMany && <Button onClick={() => onSelect(newest())}>Keep the newest {maxReplayed}</Button>}
      <Button onClick={() => onSelect(new Set())}>Clear selection</Button>
      <Button look="primary" disabled={tooMany || sending.isPending} onClick={() => sending.mutate()}>
        <RefreshIcon /> Replay
      </Button>
    </div>
  );
}
