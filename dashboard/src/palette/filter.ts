/** An id as the API gives it: people paste it from a log. */
const id = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in what was pasted, with whatever stands around it: quotes, a comma, a path in front. Null if there is none. */
export function pastedId(text: string): string | null {
  const bare = text.trim().replace(/^["'`]|["'`,;]+$/g, '');
  const last = bare.split(/[/=]/).at(-1) ?? '';
  return id.test(last) ? last.toLowerCase() : null;
}

/** Whether every word that was typed begins a word of the text, or stands within it. */
export function matches(text: string, typed: string): boolean {
  const low = text.toLocaleLowerCase();
  return typed
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
