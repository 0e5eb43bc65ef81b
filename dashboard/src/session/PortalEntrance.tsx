import { useEffect, useRef, useState } from 'react';
import { AlertIcon } from '../design/icons.tsx';
import { Empty, messageOf } from '../design/Surfaces.tsx';
import { Mark } from '../shell/Mark.tsx';
import styles from './entrance.module.css';
import type { EntranceProps } from './session.tsx';

/** Takes the token out of a portal link, `/portal#token=…`, where neither servers nor logs see it. */
export function PortalEntrance({ notice, enter }: EntranceProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const entering = useRef(false);

  useEffect(() => {
    if (entering.current || notice) return;
    entering.current = true;
    const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
    // Gone from the address, it is in no screenshot and no history.
    history.replaceState(null, '', location.pathname);
    if (token === '') setProblem('This link is incomplete: it ends in #token= and the token.');
    else enter(token).catch((error: unknown) => setProblem(messageOf(error)));
  }, [enter, notice]);

  const told = notice ?? problem;
  return (
    <main className={styles.page}>
      {told ? (
        <div>
          <h1 className="visually-hidden">Everhook</h1>
          <Empty icon={<AlertIcon />} title="This link is no longer good">
            <p role="alert">{told}</p>
            <p>Ask whoever gave it to you for a new one.</p>
          </Empty>
        </div>
      ) : (
        <div className={styles.brand} role="status">
          <Mark /> <h1>Opening…</h1>
        </div>
      )}
    </main>
  );
}
