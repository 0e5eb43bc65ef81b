import common from '../../dashboard/src/words/en/common.ts';
import { i18n } from '../../dashboard/src/words/words.ts';

/** The English words that every page of the dashboard has, for a test of what a page computes. */
export async function speakEnglish(areas: Readonly<Record<string, object>> = {}): Promise<void> {
  await i18n.init({
    lng: 'en',
    resources: { en: { common, ...areas } },
    defaultNS: 'common',
    interpolation: { escapeValue: false },
  });
}
