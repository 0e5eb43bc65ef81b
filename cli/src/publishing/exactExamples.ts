import type { EventType } from '@everhook/sdk';
import { parseExact } from '../exact/json.ts';
import { CliError } from '../exit/codes.ts';
import type { Place, Scope } from '../settings/connection.ts';
import { callRest } from '../settings/rest.ts';

const query =
  'query ($organizationId: ID, $projectId: ID) { eventTypes(organizationId: $organizationId, projectId: $projectId, archived: null) { id example } }';

interface Answer {
  readonly data?: { readonly eventTypes: readonly { readonly id: string; readonly example: unknown }[] } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** The same types, with examples whose numbers keep their text: the SDK gives values, of which JavaScript has changed it. */
export async function withExactExamples(
  place: Place,
  scope: Scope,
  types: readonly EventType[],
): Promise<readonly EventType[]> {
  if (types.every(({ example }) => typeof example !== 'object' && typeof example !== 'number')) return types;
  const text = await callRest({ ...place, scope: {} }, '/graphql', {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: scope }),
  });
  const { data, errors } = parseExact(text) as Answer;
  if (!data) throw new CliError(errors?.[0]?.message ?? 'The examples of the event types cannot be read.');
  const examples = new Map(data.eventTypes.map(({ id, example }) => [id, example]));
  return types.map((type) => ({ ...type, example: examples.has(type.id) ? examples.get(type.id) : type.example }));
}
