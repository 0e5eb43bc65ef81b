import { ValidationError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';

/**
 * JSON text to publish as it is: as an event's `data` or `previous`. JavaScript would write 1.0 as 1.
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
