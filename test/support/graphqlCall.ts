/**
 * Calls the GraphQL API of a running product as its clients do, over HTTP.
 *
 * @param url - of the API, without `/graphql`
 * @returns the answer's data
 * @throws Error with the answer's errors, as JSON
 */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it asked for.
export async function graphqlCall(url: string, key: string, query: string, variables: object = {}): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
