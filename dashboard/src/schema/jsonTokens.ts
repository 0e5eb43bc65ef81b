const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
const alone = new Set(Array.from('{}[],:', (each) => each.charCodeAt(0)));

/**
 * The tokens of a valid JSON text, as they are written: `{ } [ ] , :`, strings with their quotes, numbers and words.
 *
 * Read by characters: an expression that matches a string of millions of them exhausts the engine's stack.
 */
export function* jsonTokens(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const first = text.charCodeAt(at);
    // JSON's four white space characters; no token begins with a lower code.
    if (first <= space) {
      at++;
      continue;
    }
    const start = at++;
    if (first === quote) at = endOfString(text, at);
    else if (!alone.has(first)) at = endOfWord(text, at);
    yield text.slice(start, at);
  }
}

/** @returns the position after the closing quote */
function endOfString(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at++;
  }
  return at;
}

/** @returns the position after a number or a word */
function endOfWord(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= space || alone.has(code)) break;
  }
  return at;
}
