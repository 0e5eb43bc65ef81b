import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { files } from '../../../dashboard/src/words/files.ts';
import { countText } from '../../../dashboard/src/words/formats.ts';
import { type Language, languageOf, languages } from '../../../dashboard/src/words/language.ts';
import { numbersWithin } from '../../../dashboard/src/words/numbersWithin.ts';

type Words = { readonly [key: string]: string | Words };

const sources = join(packageRoot, 'dashboard/src');

/** Every text of a language by its whole key, such as `common:places.events`. */
async function textsOf(language: Language): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const add = (path: string, words: Words): void => {
    for (const [key, text] of Object.entries(words)) {
      const whole = `${path}${path.endsWith(':') ? '' : '.'}${key}`;
      if (typeof text === 'string') texts.set(whole, text);
      else add(whole, text);
    }
  };
  for (const [area, load] of Object.entries(files[language])) add(`${area}:`, (await load()).default as Words);
  return texts;
}

/** What a text leaves open, and the elements that it names: these the code fills in. */
const filledIn = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(\w+)\s*\}\}|<\/?\w+\s*\/?>/g)].map(([whole]) => whole).sort();

const plural = /_(zero|one|two|few|many|other)$/;

/** All code that shows words. */
function code(): string {
  const found = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  return found
    .filter((file) => /\.tsx?$/.test(file) && !/^words\/(en|de)\//.test(file))
    .map((file) => readFileSync(join(sources, file), 'utf8'))
    .join('\n');
}

describe('the words of the dashboard', () => {
  const texts = new Map<Language, Map<string, string>>();
  beforeAll(async () => {
    for (const language of languages) texts.set(language, await textsOf(language));
  });
  const english = () => texts.get('en') as Map<string, string>;

  it('leave the same open in every language, and name the same elements', () => {
    for (const language of languages) {
      for (const [key, text] of texts.get(language) as Map<string, string>) {
        expect.soft({ language, key, open: filledIn(text) }).toEqual({
          language,
          key,
          open: filledIn(english().get(key) ?? ''),
        });
      }
    }
  });

  it('have their numbers written with separators, and everything else as it is', () => {
    const written = (value: unknown) => numbersWithin.format(value, undefined, 'en', {});
    expect(written(12_345)).toBe(countText(12_345));
    expect(written(12_345)).not.toBe('12345');
    expect(written('12345')).toBe('12345');
  });

  it('are nowhere empty, and nowhere padded', () => {
    for (const language of languages) {
      const bad = [...(texts.get(language) as Map<string, string>)].filter(
        ([, text]) => text === '' || / {2}/.test(text),
      );
      expect.soft(bad).toEqual([]);
    }
  });

  it('have every plural that their language knows', () => {
    for (const language of languages) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const keys = [...(texts.get(language) as Map<string, string>).keys()];
      const counted = new Set(keys.filter((key) => plural.test(key)).map((key) => key.replace(plural, '')));
      const missing = [...counted].flatMap((key) =>
        forms.map((form) => `${key}_${form}`).filter((each) => !keys.includes(each)),
      );
      expect.soft({ language, missing }).toEqual({ language, missing: [] });
    }
  });

  it('are all shown somewhere', () => {
    const shown = code();
    const unused = [...english().keys()].filter((whole) => {
      const [, key = ''] = whole.split(':');
      const bare = key.replace(plural, '');
      if (shown.includes(`'${bare}'`) || shown.includes(`:${bare}'`) || shown.includes(`"${bare}"`)) return false;
      // Put together by the code: `places.${place}`.
      const cuts = [...bare.matchAll(/[._]|(?=[A-Z])/g)].map(({ index }) => bare.slice(0, index + 1));
      return !cuts.some((cut) => shown.includes(`${cut}\${`));
    });
    expect(unused).toEqual([]);
  });

  it('are chosen by what a device says of its language', () => {
    expect(['de', 'de-CH', 'DE_de'.replace('_', '-'), 'en-GB'].map(languageOf)).toEqual(['de', 'de', 'de', 'en']);
    expect(['fr', '', 'deutsch', null, undefined].map(languageOf)).toEqual(Array(5).fill(null));
  });
});
