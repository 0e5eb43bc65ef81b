import type { FormatterModule } from 'i18next';
import { countText } from './formats.ts';

/** Numbers within words are written as they are everywhere: `12,345`. It needs `interpolation.alwaysFormat`. */
export const numbersWithin: FormatterModule = {
  type: 'formatter',
  init() {},
  add() {},
  addCached() {},
  format: (value) => (typeof value === 'number' ? countText(value) : value),
};
