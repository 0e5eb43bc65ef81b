/** How many of an attack's requests were answered how, by `served`, an error’s code or an HTTP status. */
export type Answers = Readonly<Record<string, number>>;

const seen = new Map<string, number>();

/** Counts one answer. There is one attack a process. */
function countAnswer(outcome: string): void {
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
}

/** Counts an answer by its HTTP status. */
export const countStatus = (status: number): void => countAnswer(status < 300 ? 'served' : `HTTP ${status}`);

/** Counts an answer of GraphQL: by the code of its first error. */
export function countGraphQL(text: string): void {
  const isRefused = text.includes('"errors":[');
  countAnswer(isRefused ? (/"code":"(\w+)"/.exec(text)?.[1] ?? 'an error') : 'served');
}

/** @returns what was counted since it was asked last */
export function takeAnswers(): Answers {
  const answers = Object.fromEntries(seen);
  seen.clear();
  return answers;
}
