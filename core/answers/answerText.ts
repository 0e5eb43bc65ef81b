import { randomBytes } from 'node:crypto';
import { jsonTextOf } from '../json/sourceText.ts';

/** Marks where {@link stringifyAnswer} inserts a JSON text unchanged. It is random, so that no tenant's data can contain it. */
const marker = randomBytes(16).toString('hex');
const placeholderStart = `"${marker}`;

/** The texts that the present `JSON.stringify` has met. They are inserted right after it, synchronously. */
let pendingTexts: string[] = [];

/** A JSON value that is answered as its original text, not as JavaScript parsed it. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  static of(value: unknown): JsonText {
    return new JsonText(jsonTextOf(value));
  }

  /** Gives a placeholder instead of the text, which may be as long as a body and needs no escaping. */
  toJSON(): string {
    return marker + (pendingTexts.push(this.text) - 1);
  }
}

/** `JSON.stringify`, with the text of every {@link JsonText} unchanged. @returns the answer, in consecutive parts */
export function stringifyAnswer(answer: unknown): string[] {
  pendingTexts = [];
  return spliceJsonTexts(JSON.stringify(answer));
}

/** Inserts the texts of {@link JsonText} into the output of `JSON.stringify`. Call it right after that. */
export function spliceJsonTexts(text: string): string[] {
  const texts = pendingTexts;
  pendingTexts = [];
  if (texts.length === 0) return [text];
  const parts: string[] = [];
  let position = 0;
  for (let at = text.indexOf(placeholderStart); at !== -1; at = text.indexOf(placeholderStart, position)) {
    const end = text.indexOf('"', at + 1);
    parts.push(text.slice(position, at), texts[Number(text.slice(at + placeholderStart.length, end))] as string);
    position = end + 1;
  }
  parts.push(text.slice(position));
  return parts;
}
