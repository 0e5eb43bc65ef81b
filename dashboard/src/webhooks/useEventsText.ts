import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';

/** How many types a webhook takes, in words. */
export function useEventsText(): (eventTypes: readonly string[]) => string {
  const t = useWords('webhooks');
  return ({ length: count }) => (count === 0 ? t('allEvents') : t('events', { count, n: countText(count) }));
}
