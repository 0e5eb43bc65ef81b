import { maxPatterns, maxStars, simplified, starsOf } from '../deliveries/typePatterns.ts';
import { ApiError, invalid } from '../ground/errors.ts';

const maxPatternLength = 200;
const maxUrlLength = 2_048;
/** Names of event types, and `*` for any characters. */
const pattern = /^[\w.*-]+$/;

/** Which events a listener gets: names of types, in which `*` stands for any characters. @throws ApiError */
export function requirePatterns(patterns: readonly string[], field: string): string[] {
  const unique = new Set<string>();
  for (const [index, each] of patterns.entries()) {
    const short = simplified(each);
    if (!pattern.test(short) || short.length > maxPatternLength || starsOf(short) > maxStars) {
      throw invalid(
        `${field}[${index}]`,
        `Write the name of an event type, with * for any characters at up to ${maxStars} places, as in "order.*": at most ${maxPatternLength} characters.`,
      );
    }
    unique.add(short);
    if (unique.size > maxPatterns) {
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `A listener has at most ${maxPatterns} patterns: use * for several types, or none to get all of them.`,
        field,
      );
    }
  }
  return [...unique];
}

/**
 * Where a listener's client sends what it takes, as the log shows it. Nothing is ever sent there from here.
 *
 * @returns the URL without user name, query and fragment, which may hold secrets
 */
export function shownTarget(url: string, field: string): string {
  const parsed = URL.canParse(url) && url.length <= maxUrlLength ? new URL(url) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw invalid(field, `Write the http or https URL that the client sends to, at most ${maxUrlLength} characters.`);
  }
  return `${parsed.origin}${parsed.pathname}`;
}
