import { isPlatformType } from '../profiles/catalogues/platform.ts';

/**
 * What is matched at each new type, on the thread that stores everybody's events: so there are few patterns, with few parts to look
 * for. Patterns beyond that can have been stored before there was a limit; they name nothing.
 */
export const maxPatterns = 20;
export const maxStars = 2;

/** The same pattern, with one `*` where several follow each other. */
export const simplified = (pattern: string): string => pattern.replace(/\*+/g, '*');

/** How many `*` a simplified pattern has. */
export const starsOf = (pattern: string): number => pattern.split('*').length - 1;

/** Prepares the test whether a text fits a pattern in which `*` stands for any characters, also none. */
function fitting(pattern: string): (text: string) => boolean {
  const parts = simplified(pattern).split('*');
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return (text) => text === pattern;
  if (others.length >= maxStars) return () => false;
  const least = parts.reduce((sum, part) => sum + part.length, 0);
  return (text) => {
    if (text.length < least || !text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    for (const part of others) {
      const at = text.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return text.length - last.length >= from;
  };
}

/** Which event types patterns such as `order.*` name. Everhook's own only by patterns that begin with their prefix. */
export function matching(patterns: readonly string[]): (eventType: string) => boolean {
  const prepared = patterns
    .slice(0, maxPatterns)
    .map((pattern) => ({ fits: fitting(pattern), ofPlatform: isPlatformType(pattern) }));
  return (eventType) => {
    const ofPlatform = isPlatformType(eventType);
    return prepared.some((pattern) => (!ofPlatform || pattern.ofPlatform) && pattern.fits(eventType));
  };
}
