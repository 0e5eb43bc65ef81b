import { isPlatformType } from '../profiles/catalogues/platform.ts';

/** Whether a text fits a pattern in which `*` stands for any characters, also none. Linear in the length of the text for each `*`. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** Which event types patterns such as `order.*` name. Everhook's own only by patterns that begin with their prefix. */
export function matching(patterns: readonly string[]): (eventType: string) => boolean {
  return (eventType) =>
    patterns.some((pattern) => fits(pattern, eventType) && (!isPlatformType(eventType) || isPlatformType(pattern)));
}
