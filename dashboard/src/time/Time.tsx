import { useWords } from '../words/words.ts';
import { countdown, distance } from './distance.ts';
import { exactTime } from './exactTime.ts';
import { useNow } from './useNow.ts';

export { exactTime };

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

/** The time left until a moment: `in 4 min 12 s`; briefly `in 4 min`. */
export function Countdown({ time, brief }: { readonly time: string; readonly brief?: boolean }) {
  const t = useWords('common');
  const left = countdown(time, useNow(1_000), brief ? 1 : 2);
  return (
    <time dateTime={time} title={exactTime(time)} className="number">
      {left === null ? t('time.anyMoment') : t('time.in', { span: left })}
    </time>
  );
}
