/** For tests: makes it an error when a resolver ignores its query, and so would load rows one by one. */
export const strictQueries = { on: false };

/** Null, for a resolver that has nothing to load: marks the query as used for the check above. */
export function nothingToLoad(query: object): null {
  // For Pothos a query counts as used once its members were read.
  Object.values(query);
  return null;
}
