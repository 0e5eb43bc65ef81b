import { useEffect, useState } from 'react';
import { dateFormat } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { countdown, distance } from './distance.ts';

/** Seconds since the epoch, updated at an interval. */
function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const exact = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });
export const exactTime = (time: string): string => exact().format(new Date(time));

/** A time as its distance from now, with the exact time as its title. `Never` if there is none. */
export function Ago({ time, brief }: { readonly time: string | null | undefined; readonly brief?: boolean }) {
  const t = useWords('common');
  const now = useNow(10_000);
  if (!time) return <span className="muted">{t('time.never')}</span>;
  const words = distance(time, Math.max(now, Date.now()), brief);
  // Anew for other words: text that is replaced in its place would count as moved.
  return (
    <time key={words} dateTime={time} title={exactTime(time)}>
      {words}
    </time>
  );
}

/** The time left until a moment: `in 4 min 12 s`. */
export function Countdown({ time }: { readonly time: string }) {
  const t = useWords('common');
  const left = countdown(time, useNow(1_000));
  return (
    <time dateTime={time} title={exactTime(time)} className="number">
      {left === null ? t('time.anyMoment') : t('time.in', { span: left })}
    </time>
  );
}
