import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { AlertIcon, RefreshIcon } from '../design/icons.tsx';
import { Mark } from '../design/Mark.tsx';
import { Empty, messageOf } from '../design/Surfaces.tsx';
import styles from './entrance.module.css';
import { isPassing } from './passing.ts';
import type { EntranceProps } from './session.tsx';

/** Takes the token out of a portal link, `/portal#token=…`, where neither servers nor logs see it. */
export function PortalEntrance({ notice, enter }: EntranceProps) {
  // Kept here: the address loses it at once, and the server may be away.
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token') ?? '');
  const [error, setError] = useState<unknown>(null);
  const entering = useRef(false);
  const open = useCallback(() => {
    setError(null);
    enter(token).catch(setError);
  }, [enter, token]);

  useEffect(() => {
    if (entering.current || notice) return;
    entering.current = true;
    // Removed from the address, it is in no screenshot and no history.
    history.replaceState(null, '', location.pathname);
    if (token !== '') open();
  }, [notice, token, open]);

  const incomplete = token === '' ? 'This link is incomplete: it ends in #token= and the token.' : null;
  const told = notice ?? incomplete ?? (error === null ? null : messageOf(error));
  return (
    <main className={styles.page}>
      {told ? (
        <div>
          <h1 className="visually-hidden">Everhook</h1>
          {isPassing(error) ? (
            <Empty icon={<AlertIcon />} title="The dashboard could not be opened">
              <p role="alert">{told}</p>
              <Button look="primary" onClick={open}>
                <RefreshIcon /> Try again
              </Button>
            </Empty>
          ) : (
            <Empty icon={<AlertIcon />} title="This link is no longer good">
              <p role="alert">{told}</p>
              <p>Ask whoever gave it to you for a new one.</p>
            </Empty>
          )}
        </div>
      ) : (
        <div className={styles.brand} role="status">
          <Mark /> <h1>Opening…</h1>
        </div>
      )}
    </main>
  );
}
