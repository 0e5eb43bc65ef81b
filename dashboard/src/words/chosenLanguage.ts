import { inPortal } from '../base.ts';
import { type Language, languageOf } from './language.ts';

/** Whoever looks at their own portal has chosen nothing there by what they chose in the dashboard, which has the same storage. */
const key = inPortal ? 'everhook.portal.chosenLanguage' : 'everhook.language';

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
