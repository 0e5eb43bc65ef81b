/**
 * Works through a backlog in batches.
 *
 * @param batch - does the next part, and returns how much it found
 * @param full - a batch that found so many may have left some
 * @param atMostMs - no batch but the first begins after so many milliseconds
 * @returns how much was found
 */
export async function drain(batch: () => Promise<number>, full: number, atMostMs: number): Promise<number> {
  const beganAt = performance.now();
  for (let found = 0; ; ) {
    const count = await batch();
    found += count;
    if (count < full || performance.now() - beganAt >= atMostMs) return found;
  }
}
