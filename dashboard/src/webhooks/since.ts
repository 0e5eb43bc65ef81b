import { dateFormat } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';

const clock = dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const weekday = dateFormat({ weekday: 'long' });
const date = dateFormat({ dateStyle: 'medium' });

const dayOf = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
const dayMs = 86_400_000;

/** `since 14:05` of today, `since yesterday`, `since Tuesday` of the last days, and before that `since Nov 3, 2026`. */
export function sinceText(time: string, now: number): string {
  const t = wordsOf('webhooks');
  const at = Date.parse(time);
  // A day of the clock's change is an hour longer or shorter.
  const days = Math.round((dayOf(now) - dayOf(at)) / dayMs);
  if (days === 1) return t('since.yesterday');
  const format = days <= 0 ? clock : days < 7 ? weekday : date;
  return t('since.time', { time: format().format(at) });
}
