/** For tests: a resolver that fails to use the query it was given, and so would load rows one by one, is an error. */
export const strictQueries = { on: false };
