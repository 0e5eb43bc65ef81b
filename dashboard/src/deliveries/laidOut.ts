import { parseJson } from '@everhook/sdk/json';

const indent = (depth: number): string => `\n${'  '.repeat(depth)}`;

/**
 * JSON formatted for reading, two spaces a level; null if the text is not JSON.
 *
 * Strings and numbers stay as they are written: a parsed number of 17 digits would be shown as another one, and 1.0 as 1.
 */
export function laidOut(text: string): string | null {
  try {
    parseJson(text);
  } catch {
    return null;
  }
  let depth = 0;
  let out = '';
  // Valid JSON consists of these tokens only, with white space between them.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  for (const [place, token] of tokens.entries()) {
    const before = tokens[place - 1];
    if (token === '}' || token === ']') {
      depth--;
      // Empty: {} and [].
      out += before === '{' || before === '[' ? token : indent(depth) + token;
    } else {
      if (before === '{' || before === '[' || before === ',') out += indent(depth);
      out += token === ':' ? ': ' : token;
      if (token === '{' || token === '[') depth++;
    }
  }
  return out;
}
