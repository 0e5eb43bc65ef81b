import { fullFormats } from 'ajv-formats/dist/formats.js';
import { subschemaKeywords, valueKinds } from './keywords.ts';
import { memberPath } from './path.ts';
import type { SchemaDocument } from './schemaDocument.ts';

/** A word in a schema that has no effect, but looks as if it should have one. */
export interface SchemaWarning {
  /** Path of the word, as a field. */
  readonly field: string;
  /** Why it has no effect, and what to write instead. */
  readonly message: string;
}

const maxWarnings = 20;
/** Maximum unknown words that are compared with keywords: a schema may have nothing but unknown words. */
const maxComparedWords = 200;
const maxWordLength = 30;
const keywords = [...subschemaKeywords.keys(), ...valueKinds.keys(), 'additionalItems'];
/** `example` is a word of OpenAPI that is harmless here. */
const known = new Set([...subschemaKeywords.keys(), ...valueKinds.keys(), 'example']);
const formats = [...Object.keys(fullFormats), 'idn-email', 'idn-hostname', 'iri', 'iri-reference'];

/** Words of earlier drafts and of OpenAPI, and their equivalents in draft 2020-12. */
const replacements: Readonly<Record<string, string>> = {
  additionalItems: 'Use "items" for the items after those of "prefixItems".',
  discriminator: 'It belongs to OpenAPI. "oneOf" alone distinguishes the alternatives.',
  nullable: 'It belongs to OpenAPI. Write the type as a list, as in ["string", "null"].',
  $recursiveAnchor: 'Write "$dynamicAnchor".',
  $recursiveRef: 'Write "$dynamicRef".',
};

/**
 * The specification treats unknown words as annotations, and so does Everhook: `example`, `x-internal`, a custom format. Only a
 * word that resembles a keyword is reported: the author probably meant the keyword.
 */
export function warningsOf(document: SchemaDocument): SchemaWarning[] {
  const warnings: SchemaWarning[] = [];
  let compared = 0;
  for (const { schema, path } of document.places()) {
    for (const [word, value] of Object.entries(schema)) {
      if (known.has(word) && word !== 'format') continue;
      if (warnings.length === maxWarnings || compared++ === maxComparedWords) return warnings;
      const about = aboutKeyword(word) ?? (word === 'format' ? aboutFormat(value as string) : null);
      if (about) warnings.push({ field: memberPath(path, word), message: about });
    }
  }
  return warnings;
}

function aboutKeyword(word: string): string | null {
  const advice = Object.hasOwn(replacements, word) ? replacements[word] : undefined;
  if (advice !== undefined) return `"${word}" is no keyword of draft 2020-12, and checks nothing. ${advice}`;
  const meant = nearest(word, keywords);
  return meant === null ? null : `"${word}" is no keyword, and checks nothing. Did you mean "${meant}"?`;
}

function aboutFormat(name: string): string | null {
  const meant = nearest(name, formats);
  return meant === null ? null : `"${name}" is not a known format, and checks nothing. Did you mean "${meant}"?`;
}

/** The word of a list that another word resembles; null if that word is in the list, or resembles none. */
function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > maxWordLength || words.includes(word)) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const same = words.find((each) => plain(each) === plain(word));
  if (same !== undefined) return same;
  const maxEdits = word.length < 4 ? 0 : word.length < 7 ? 1 : 2;
  return words.find((each) => each.length > 3 && distance(word, each, maxEdits) <= maxEdits) ?? null;
}

/** How many letters to change, add, remove or swap with the next; some number beyond `maxEdits` if there are more. */
function distance(from: string, to: string, maxEdits: number): number {
  if (Math.abs(from.length - to.length) > maxEdits) return maxEdits + 1;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
