/** The languages of the dashboard. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

const key = 'everhook.language';

/** What the settings of a language say about it: `de-CH` is German. Null if the dashboard does not speak it. */
export function languageOf(tag: string | null | undefined): Language | null {
  const [spoken] = (tag ?? '').toLowerCase().split('-');
  return languages.find((each) => each === spoken) ?? null;
}

/** The language that was chosen on this device, else the first of the browser's that the dashboard speaks, else English. */
export function preferredLanguage(): Language {
  return keptLanguage() ?? navigator.languages.map(languageOf).find((each) => each !== null) ?? 'en';
}

/** The language that was chosen on this device. */
export function keptLanguage(): Language | null {
  try {
    return languageOf(localStorage.getItem(key));
  } catch {
    // Storage may be denied to a frame.
    return null;
  }
}

/** Remembers the choice for this device. */
export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(key, language);
  } catch {
    // Then it lasts as long as the page.
  }
}
