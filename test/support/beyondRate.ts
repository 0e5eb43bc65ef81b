/**
 * Asks many times at once until an answer says that there were too many in a second. A machine that is slow or busy may take longer than
 * that second for all of them: then they are asked again.
 *
 * @returns the answers of the last round
 */
export async function beyondRate<Answer>(
  times: number,
  ask: () => Promise<Answer>,
  isRefused: (answer: Answer) => boolean,
): Promise<Answer[]> {
  for (;;) {
    const answers = await Promise.all(Array.from({ length: times }, ask));
    if (answers.some(isRefused)) return answers;
  }
}
