import type { Delivery } from '@everhook/sdk';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../session/session.tsx';

/** A list that scrolls or fills quickly asks for the rows that stay in sight. */
const settledMs = 200;
const maxAsked = 100;
const maxKept = 5_000;

type Previews = ReadonlyMap<string, string>;

const none: Previews = new Map();

/**
 * The beginnings of the payloads of the rows in sight, by the rows' ids. They never change, so each is read once; a row whose
 * preview cannot be read shows none.
 */
export function usePreviews(shown: readonly Delivery[]): Previews {
  const { client } = useSession();
  const [previews, setPreviews] = useState(none);
  const asked = useRef(new Set<string>());
  const wanted = shown.flatMap(({ id, direction }) => (direction === 'OUTBOUND' && !asked.current.has(id) ? [id] : []));
  const key = wanted.join();

  useEffect(() => {
    if (key === '') return;
    const timer = setTimeout(() => {
      const ids = key.split(',').slice(0, maxAsked);
      for (const id of ids) asked.current.add(id);
      client.deliveries.previews(ids).then(
        (read) =>
          setPreviews((now) => {
            if (now.size + read.size <= maxKept) return new Map([...now, ...read]);
            asked.current = new Set(read.keys());
            return read;
          }),
        () => {
          for (const id of ids) asked.current.delete(id);
        },
      );
    }, settledMs);
    return () => clearTimeout(timer);
  }, [client, key]);

  return previews;
}
