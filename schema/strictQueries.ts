/** For tests: a resolver that fails to use the query it was given, and so would load rows one by one, is an error. */
export const strictQueries = { on: false };

/** Null where there is nothing to load: tells the check above that the query is left alone on purpose. */
export function nothingToLoad(query: object): null {
  // Pothos takes a query for used once its members were read.
  Object.values(query);
  return null;
}
