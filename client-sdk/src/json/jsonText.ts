import { ValidationError } from '../errors.ts';
import { newKey } from '../http/newKey.ts';
import { parseJson } from './parseJson.ts';

/**
 * JSON text to send as it is: as an event's `data` or `previous`, or as the `schema` or `example` of an event type. JavaScript would write
 * 1.0 as 1.
 *
 * @throws ValidationError where the text is not JSON
 */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    try {
      parseJson(text);
    } catch (cause) {
      throw new ValidationError('This text is not JSON.', { field: 'text', cause });
    }
    this.text = text;
  }
}

/**
 * As `JSON.stringify`, with each {@link JsonText} as it is written.
 *
 * @param replace - what becomes of each other value
 */
export function stringify(value: unknown, replace: (member: unknown) => unknown = (member) => member): string {
  const texts: string[] = [];
  // Nobody can have written it into a value before.
  let mark = '';
  const text = JSON.stringify(value, (_key, member: unknown) => {
    if (!(member instanceof JsonText)) return replace(member);
    mark ||= newKey();
    return `${mark}${texts.push(member.text) - 1}`;
  });
  if (texts.length === 0) return text;
  return text.replace(new RegExp(`"${mark}(\\d+)"`, 'g'), (_found, index: string) => texts[Number(index)] as string);
}
