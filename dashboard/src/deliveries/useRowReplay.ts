import { useCallback, useState } from 'react';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';

/** Sends a row's event again. A repeated click after a lost answer sends nothing twice; one after success does. */
export function useRowReplay(): (id: string) => void {
  const { client, handleAuthError } = useSession();
  const toast = useToast();
  const t = useWords('deliveries');
  const [keys] = useState(() => new Map<string, { key: string; sending: boolean }>());
  return useCallback(
    (id) => {
      const kept = keys.get(id) ?? { key: newKey(), sending: false };
      if (kept.sending) return;
      keys.set(id, { ...kept, sending: true });
      client.deliveries.replay(id, { idempotencyKey: kept.key }).then(
        () => {
          keys.delete(id);
          toast(t('replay.one'));
        },
        (error: unknown) => {
          keys.set(id, { ...kept, sending: false });
          handleAuthError(error);
          toast(messageOf(error));
        },
      );
    },
    [client, handleAuthError, keys, toast, t],
  );
}
