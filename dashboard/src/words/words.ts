import { createInstance, type TFunction } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Area, Areas } from './areas.ts';
import { type Language, languageOf } from './language.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: Areas;
  }
}

export const i18n = createInstance().use(initReactI18next);

/** The language of the page. */
export const language = (): Language => languageOf(i18n.language) ?? 'en';

/** Re-renders with the language. */
export function useLanguage(): Language {
  useTranslation('common', { i18n });
  return language();
}

/**
 * The words of an area, and by the prefix `common:` those that all pages share. Suspends while they load, which a page avoids
 * by naming its areas where it is loaded.
 */
export function useWords<A extends Area>(area: A): TFunction<[A, 'common']> {
  const { t } = useTranslation([area, 'common'], { i18n });
  // Of an area that is only known as a parameter, the library cannot tell that it is one.
  return t as unknown as TFunction<[A, 'common']>;
}

/** The same outside of components, for an area that is loaded. */
export const wordsOf = <A extends Area>(area: A): TFunction<[A, 'common']> =>
  i18n.getFixedT(null, [area, 'common']) as unknown as TFunction<[A, 'common']>;
