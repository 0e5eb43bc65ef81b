const maxLength = 30;

/** The word of a list that another word resembles; null if that word is in the list, or resembles none. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > maxLength || words.includes(word)) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const plainWord = plain(word);
  // A much longer one does not resemble it, and would take long to look at.
  const same = words.find((each) => each.length <= 2 * maxLength && plain(each) === plainWord);
  if (same !== undefined) return same;
  const maxEdits = word.length < 3 ? 0 : word.length < 7 ? 1 : 2;
  return words.find((each) => each.length > 3 && distance(word, each, maxEdits) <= maxEdits) ?? null;
}

/** How many letters to change, add, remove or swap with the next; some number beyond `maxEdits` if there are more. */
function distance(from: string, to: string, maxEdits: number): number {
  if (Math.abs(from.length - to.length) > maxEdits) return maxEdits + 1;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = from[i - 1] === to[j - 1] ? 0 : 1;
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
