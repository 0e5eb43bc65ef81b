import { initGraphQLTada, type ResultOf } from 'gql.tada';
import { print } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { openSocket } from '../socket.ts';
// Written by `gql.tada generate-output` from the schema.
import type { introspection } from './generated/introspection.d.ts';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { JSON: unknown; DateTime: string; Duration: string };
}>();

const webhooks = graphql(`
  query Webhooks {
    webhooks(first: 10) { edges { node { id name health } } }
  }
`);
const publish = graphql(`
  mutation Publish($input: PublishEventsInput!) {
    publishEvents(input: $input) { events { id } }
  }
`);
const changes = graphql(`
  subscription Changes($after: String) {
    deliveryUpdated(after: $after) { id status cursor }
  }
`);

type Health = ResultOf<typeof webhooks>['webhooks']['edges'][number]['node']['health'];
/** The schema's own values: TypeScript refuses another. */
export const well: Health = 'HEALTHY';
// @ts-expect-error There is no such health.
export const unwell: Health = 'UNWELL';

export function connect(url: string, key: string) {
  const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization: `Bearer ${key}` } });
  const socket = openSocket(url, key);

  return {
    async webhookNames(): Promise<string[]> {
      const data = await client.request(webhooks);
      return data.webhooks.edges.map(({ node }) => node.name);
    },

    async publish(type: string, data: unknown): Promise<string> {
      const event = { type, data, idempotencyKey: crypto.randomUUID() };
      const { publishEvents } = await client.request(publish, { input: { events: [event] } });
      return publishEvents.events[0]?.id ?? '';
    },

    watch(after: string, changed: (deliveryId: string) => void): () => void {
      return socket.subscribe<ResultOf<typeof changes>>(
        { query: print(changes), variables: { after } },
        { next: ({ data }) => data && changed(data.deliveryUpdated.id), error: console.error, complete: () => {} },
      );
    },

    close: () => socket.dispose(),
  };
}
