import { randomBytes } from 'node:crypto';
import { jsonTextOf } from '../json/sourceText.ts';

/** Marks, inside an answer that is being serialized, where a JSON text goes in as it is. Random, so that no tenant's data can hold it. */
const mark = randomBytes(16).toString('hex');
const opening = `"${mark}`;

/** The texts that the serialization under way has come by. They are put in right behind it, with nothing in between. */
let met: string[] = [];

/** A JSON value that is answered by its text, not by what JavaScript made of it. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  static of(value: unknown): JsonText {
    return new JsonText(jsonTextOf(value));
  }

  /** Where the text goes, and not the text itself: it may be as long as a body, and need not be escaped and read again. */
  toJSON(): string {
    return mark + (met.push(this.text) - 1);
  }
}

/** `JSON.stringify`, with the text of every {@link JsonText} as it is. @returns the answer, in parts that follow each other */
export function stringifyAnswer(answer: unknown): string[] {
  met = [];
  return spliceJsonTexts(JSON.stringify(answer));
}

/** Finishes what `JSON.stringify` made, just now, of an answer with {@link JsonText} in it. */
export function spliceJsonTexts(text: string): string[] {
  const texts = met;
  met = [];
  if (texts.length === 0) return [text];
  const parts: string[] = [];
  let done = 0;
  for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, done)) {
    const end = text.indexOf('"', at + 1);
    parts.push(text.slice(done, at), texts[Number(text.slice(at + opening.length, end))] as string);
    done = end + 1;
  }
  parts.push(text.slice(done));
  return parts;
}
