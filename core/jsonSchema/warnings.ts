import { fullFormats } from 'ajv-formats/dist/formats.js';
import { holders, valueKinds } from './keywords.ts';
import { memberPath } from './path.ts';
import type { SchemaDocument } from './schemaDocument.ts';

/** A word in a schema that has no effect, although it looks as if it should. */
export interface SchemaWarning {
  /** Where it is, as a field's path. */
  readonly field: string;
  /** What it is, and what to write. */
  readonly message: string;
}

const maxWarnings = 20;
/** Most unknown words that are compared with keywords: a schema may consist of them. */
const maxComparedWords = 200;
const maxWordLength = 30;
const keywords = [...holders.keys(), ...valueKinds.keys(), 'additionalItems'];
/** `example` is OpenAPI's, and says what it should. */
const known = new Set([...holders.keys(), ...valueKinds.keys(), 'example']);
const formats = [...Object.keys(fullFormats), 'idn-email', 'idn-hostname', 'iri', 'iri-reference'];

/** Words of earlier drafts and of OpenAPI, and their equivalents in draft 2020-12. */
const former: Readonly<Record<string, string>> = {
  additionalItems: 'Write what is to hold for the items after those of "prefixItems" as "items".',
  discriminator: 'It is of OpenAPI. "oneOf" alone tells the alternatives apart.',
  nullable: 'It is of OpenAPI. Write the type as a list, as in ["string", "null"].',
  $recursiveAnchor: 'Write "$dynamicAnchor".',
  $recursiveRef: 'Write "$dynamicRef".',
};

/**
 * What the specification takes for an annotation is taken: `example`, `x-internal`, a format of one's own. A word that is nearly
 * a keyword was probably meant to be one.
 */
export function warningsOf(document: SchemaDocument): SchemaWarning[] {
  const warnings: SchemaWarning[] = [];
  let lookedAt = 0;
  for (const { schema, path } of document.places()) {
    for (const [word, value] of Object.entries(schema)) {
      if (known.has(word) && word !== 'format') continue;
      if (warnings.length === maxWarnings || lookedAt++ === maxComparedWords) return warnings;
      const about = aboutKeyword(word) ?? (word === 'format' ? aboutFormat(value as string) : null);
      if (about) warnings.push({ field: memberPath(path, word), message: about });
    }
  }
  return warnings;
}

function aboutKeyword(word: string): string | null {
  const advice = Object.hasOwn(former, word) ? former[word] : undefined;
  if (advice !== undefined) return `"${word}" is no keyword of draft 2020-12, and checks nothing. ${advice}`;
  const meant = nearest(word, keywords);
  return meant === null ? null : `"${word}" is no keyword, and checks nothing. Did you mean "${meant}"?`;
}

function aboutFormat(name: string): string | null {
  const meant = nearest(name, formats);
  return meant === null ? null : `"${name}" is no format that is known, and checks nothing. Did you mean "${meant}"?`;
}

/** The word of a list that another one is nearly; null where it is one of them, or near none. */
function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > maxWordLength || words.includes(word)) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const same = words.find((each) => plain(each) === plain(word));
  if (same !== undefined) return same;
  const most = word.length < 4 ? 0 : word.length < 7 ? 1 : 2;
  return words.find((each) => each.length > 3 && distance(word, each, most) <= most) ?? null;
}

/** How many letters are to be changed, added, taken away or swapped with the next; any number beyond `most` where it is more. */
function distance(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
