import type { BackendModule } from 'i18next';
import type { Area } from './areas.ts';
import { files } from './files.ts';
import { type Language, languageOf, languages } from './language.ts';
import { numbersWithin } from './numbersWithin.ts';
import { i18n, language } from './words.ts';

const backend: BackendModule = {
  type: 'backend',
  init() {},
  read(tag, area, done) {
    const load = files[languageOf(tag) ?? 'en'][area as Area];
    load().then(
      ({ default: words }) => done(null, words),
      (error: Error) => done(error, false),
    );
  },
};

i18n.on('languageChanged', (tag) => {
  document.documentElement.lang = tag;
});

let starting: Promise<void> | undefined;

/** Loads the words that every page needs. */
export function startWords(first: Language): Promise<void> {
  starting = start(first);
  return starting;
}

async function start(first: Language): Promise<void> {
  await i18n
    .use(backend)
    .use(numbersWithin)
    .init({
      lng: first,
      supportedLngs: [...languages],
      // All languages are complete: the type check sees to that. So nobody loads a second one.
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      // React escapes.
      interpolation: { escapeValue: false, alwaysFormat: true },
      react: { transKeepBasicHtmlNodesFor: [] },
    });
  if (!i18n.hasResourceBundle(first, 'common')) throw new Error('The words of the dashboard could not be loaded.');
}

/** Loads the words of a page, beside the page itself. @throws if they cannot be loaded */
export async function loadWords(...areas: readonly Area[]): Promise<void> {
  await i18n.loadNamespaces([...areas]);
  const missing = areas.filter((area) => !i18n.hasResourceBundle(language(), area));
  if (missing.length === 0) return;
  // Else the next try would get the failure again.
  await i18n.reloadResources([language()], missing);
  if (missing.some((area) => !i18n.hasResourceBundle(language(), area))) {
    throw new Error('The words of this page could not be loaded.');
  }
}

/** Shows everything in another language, once its words are loaded: until then, nothing changes. */
export async function changeLanguage(to: Language): Promise<void> {
  await starting;
  await i18n.changeLanguage(to);
}
