import { type Language, languageOf } from './language.ts';

const key = 'everhook.portal.language';

/**
 * The language that the host asks for in a portal's address: `/portal?lang=de#token=…`, or `lang` after the `#`. It is not a
 * choice of the person, so it is kept for this tab alone: the address loses it at once.
 */
export function portalLanguage(address: Pick<Location, 'search' | 'hash'> = location): Language | null {
  const asked =
    languageOf(new URLSearchParams(address.search).get('lang')) ??
    languageOf(new URLSearchParams(address.hash.slice(1)).get('lang'));
  try {
    if (asked) sessionStorage.setItem(key, asked);
    return asked ?? languageOf(sessionStorage.getItem(key));
  } catch {
    // Storage may be denied to a frame.
    return asked;
  }
}
