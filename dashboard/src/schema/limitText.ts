import { useWords } from '../words/words.ts';
import type { Limit } from './shape.ts';

/** What a bound says: `at least 1 character`. */
export function useLimitText(): (limit: Limit) => string {
  const t = useWords('catalogue');
  return ({ name, value }) => t(`schema.limits.${name}`, { value, count: Number(value) });
}
