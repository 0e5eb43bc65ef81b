import { fullFormats } from 'ajv-formats/dist/formats.js';
import { nearest } from '../../client-sdk/src/nearest.ts';
import { subschemaKeywords, valueKinds } from './keywords.ts';
import { memberPath } from './path.ts';
import { Pieces } from './pieces.ts';
import type { SchemaDocument } from './schemaDocument.ts';

/** A word in a schema that has no effect, but looks as if it should have one. */
export interface SchemaWarning {
  /** Path of the word, as a field. */
  readonly field: string;
  /** Why it has no effect, and what to write instead. */
  readonly message: string;
}

const maxWarnings = 20;
/** Approximate: most words are keywords. */
const stepsPerWord = 20;
const stepsPerComparedWord = 4_000;
/** Maximum unknown words that are compared with keywords: a schema may have nothing but unknown words. */
const maxComparedWords = 200;
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
 * word that resembles a keyword is reported: the author probably meant the keyword. Yields approximately how many steps each piece
 * took.
 */
export function* warningsOf(document: SchemaDocument): Generator<number, SchemaWarning[]> {
  const warnings: SchemaWarning[] = [];
  let compared = 0;
  const pieces = new Pieces();
  for (const { schema, path } of document.places()) {
    pieces.spend(stepsPerWord * Object.keys(schema).length);
    if (pieces.isDue) yield pieces.piece();
    for (const [word, value] of Object.entries(schema)) {
      if (known.has(word) && word !== 'format') continue;
      if (warnings.length === maxWarnings || compared++ === maxComparedWords) return warnings;
      pieces.spend(stepsPerComparedWord);
      if (pieces.isDue) yield pieces.piece();
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
