import { parseJson } from '@everhook/sdk/json';

const indent = (depth: number): string => `\n${'  '.repeat(depth)}`;

/**
 * JSON laid out for reading, two spaces a level; null where the text is no JSON.
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
  // What is valid consists of these alone, with white space between them.
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  for (const [place, token] of tokens.entries()) {
    const before = tokens[place - 1];
    if (token === '}' || token === ']') {
      depth--;
      // Nothing within: {} and [].
      out += before === '{' || before === '[' ? token : indent(depth) + token;
    } else {
      if (before === '{' || before === '[' || before === ',') out += indent(depth);
      out += token === ':' ? ': ' : token;
      if (token === '{' || token === '[') depth++;
    }
  }
  return out;
}
