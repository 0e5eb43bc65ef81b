/**
 * Does all of it, whatever fails.
 *
 * @throws the first failure, when all have ended
 */
export async function allOf<T>(works: readonly (T | Promise<T>)[]): Promise<T[]> {
  return (await Promise.allSettled(works)).map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
