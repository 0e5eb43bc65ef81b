import type { Span } from '../statistics/spans.ts';
import { shareText } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';

/** How a number compares with that of the same time before: `12 % more than the same hours yesterday`. */
export function comparison(now: number, before: number, span: Span): string {
  const t = wordsOf('overview');
  if (before === 0) return t(`compared.nothing.${span}`);
  // As people say it: in whole per cents.
  const share = Math.abs(Math.round((now / before - 1) * 100)) / 100;
  if (share === 0) return t(`compared.sameAs.${span}`);
  const change = t(now > before ? 'compared.more' : 'compared.less', { share: shareText(share) });
  return t(`compared.${span}`, { change });
}
