/** Slack's markup: https://docs.slack.dev/messaging/formatting-message-text — `&`, `<` and `>` are its control characters. */
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const ellipsis = '…';

/**
 * Escapes text and cuts it to a length, never within an entity or a character; a cut ends in an ellipsis.
 *
 * @param maxLength - in UTF-16 units, which Slack counts after escaping
 */
export function escaped(text: string, maxLength: number): string {
  let result = '';
  /** The longest prefix that leaves room for the ellipsis. */
  let cut = '';
  for (const character of text) {
    result += isLoneSurrogate(character) ? '\ufffd' : (entities[character] ?? character);
    if (result.length > maxLength) return cut + ellipsis;
    if (result.length < maxLength) cut = result;
  }
  return result;
}

/**
 * A link if the address is http(s), otherwise the label alone.
 *
 * @param maxLength bound on the whole, in UTF-16 units. An address that does not fit is left out.
 */
export function linked(label: string, address: string | undefined, maxLength: number): string {
  const oneLine = label.replace(/\s+/g, ' ').replaceAll('|', '¦');
  const target = address === undefined ? null : linkTarget(address);
  return target === null || target.length > maxLength / 2
    ? escaped(oneLine, maxLength)
    : `<${target}|${escaped(oneLine, maxLength - target.length - 3)}>`;
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
const isLoneSurrogate = (character: string) => character.length === 1 && /[\ud800-\udfff]/.test(character);
