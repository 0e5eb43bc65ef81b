/** Slack's markup: https://docs.slack.dev/messaging/formatting-message-text — `&`, `<` and `>` are its control characters. */
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const ELLIPSIS = '…';

/**
 * Escapes text and cuts it to a length in UTF-16 units, as Slack counts it after escaping; never within an entity or a
 * character. A cut ends in an ellipsis.
 */
export function escaped(text: string, most: number): string {
  let result = '';
  /** The longest beginning that leaves room for the ellipsis. */
  let cut = '';
  for (const character of text) {
    result += isHalf(character) ? '\ufffd' : (ENTITIES[character] ?? character);
    if (result.length > most) return cut + ELLIPSIS;
    if (result.length < most) cut = result;
  }
  return result;
}

/**
 * A link, where the address is one that a browser opens; the label alone otherwise.
 *
 * @param most bound on the whole, in UTF-16 units. An address that does not fit is left out.
 */
export function linked(label: string, address: string | undefined, most: number): string {
  const oneLine = label.replace(/\s+/g, ' ').replaceAll('|', '¦');
  const target = address === undefined ? null : linkTarget(address);
  return target === null || target.length > most / 2
    ? escaped(oneLine, most)
    : `<${target}|${escaped(oneLine, most - target.length - 3)}>`;
}

function linkTarget(address: string): string | null {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null;
  // The parser encodes < and >; the bar would end the address.
  return new URL(address).href
    .replaceAll('|', '%7C')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '%3C')
    .replaceAll('>', '%3E');
}

/** A lone surrogate, which has no UTF-8. */
const isHalf = (character: string) => character.length === 1 && /[\ud800-\udfff]/.test(character);
