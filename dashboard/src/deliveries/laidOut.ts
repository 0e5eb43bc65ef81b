import { parseJson } from '@everhook/sdk/json';
import { jsonTokens } from '../schema/jsonTokens.ts';

/** Deeper than the API takes JSON, with an envelope around it; a receiver's answer can have any depth. */
const maxDepth = 100;

/** Four times the largest body. Each level indents every line within it, so that what is written tightly can grow a hundredfold. */
const maxLength = 4 * 1024 * 1024;

const lines = Array.from({ length: maxDepth + 1 }, (_, depth) => `\n${'  '.repeat(depth)}`);

/**
 * JSON formatted for reading, two spaces a level; null if the text is not JSON, or is nested too deeply or would get too long for
 * it: such a text is shown as it is.
 *
 * Strings and numbers stay as they are written: a parsed number of 17 digits would be shown as another one, and 1.0 as 1.
 */
export function laidOut(text: string): string | null {
  if (text.length > maxLength) return null;
  try {
    parseJson(text);
  } catch {
    return null;
  }
  let depth = 0;
  let out = '';
  let before = '';
  for (const token of jsonTokens(text)) {
    if (token === '}' || token === ']') {
      depth--;
      // Empty: {} and [].
      out += before === '{' || before === '[' ? token : lines[depth] + token;
    } else {
      if (before === '{' || before === '[' || before === ',') out += lines[depth];
      out += token === ':' ? ': ' : token;
      if ((token === '{' || token === '[') && ++depth > maxDepth) return null;
    }
    if (out.length > maxLength) return null;
    before = token;
  }
  return out;
}
