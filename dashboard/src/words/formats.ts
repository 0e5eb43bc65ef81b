import { language } from './words.ts';

/** Formats by Intl in the language of the page, each made once. */
function formats<Options, Format>(make: new (tag: string, options: Options) => Format, options: Options): () => Format {
  const made = new Map<string, Format>();
  return () => {
    const tag = language();
    const format = made.get(tag) ?? new make(tag, options);
    made.set(tag, format);
    return format;
  };
}

/** How dates are written, by these options of Intl. */
export const dateFormat = (options: Intl.DateTimeFormatOptions) => formats(Intl.DateTimeFormat, options);

/** How numbers are written, by these options of Intl. */
export const numberFormat = (options: Intl.NumberFormatOptions = {}) => formats(Intl.NumberFormat, options);

export const relativeFormat = (options: Intl.RelativeTimeFormatOptions) => formats(Intl.RelativeTimeFormat, options);

const lists = formats(Intl.ListFormat, { type: 'conjunction' });
const counts = numberFormat();
const shares = numberFormat({ style: 'percent', maximumFractionDigits: 1 });

/** `a, b and c`. */
export const listText = (items: Iterable<string>): string => lists().format(items);

/** `12,345`. */
export const countText = (count: number): string => counts().format(count);

/** `12,345`, or `12,345+` where there may be more. */
export const boundText = (count: number, isAtLeast: boolean): string => `${countText(count)}${isAtLeast ? '+' : ''}`;

/** `99.5 %` of a share from 0 to 1. It says 100 % only where nothing is missing, and 0 % only where there is nothing. */
export function shareText(share: number): string {
  if (share < 1 && share > 0.999) return shares().format(0.999);
  if (share > 0 && share < 0.001) return shares().format(0.001);
  return shares().format(share);
}
