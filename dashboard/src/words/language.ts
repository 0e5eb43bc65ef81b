/** The languages of the dashboard. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** What the settings of a language say about it: `de-CH` is German. Null if the dashboard does not speak it. */
export function languageOf(tag: string | null | undefined): Language | null {
  const [spoken] = (tag ?? '').toLowerCase().split('-');
  return languages.find((each) => each === spoken) ?? null;
}
