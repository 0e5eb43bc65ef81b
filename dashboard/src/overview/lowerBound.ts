import { boundText } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';

/** A count that may be a lower bound: `50,001+`. A bound of 0 says nothing: everything that was looked at was others'. */
export const lowerBound = (count: number, isAtLeast: boolean): string =>
  isAtLeast && count === 0 ? wordsOf('overview')('uncounted') : boundText(count, isAtLeast);
