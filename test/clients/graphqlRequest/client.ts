import { print } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { openSocket } from '../socket.ts';
// Written by GraphQL Code Generator's client preset from the texts below.
import { graphql } from './generated/index.ts';

const webhooks = graphql(`
  query Webhooks {
    webhooks(first: 10) { edges { node { id name } } }
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

export function connect(url: string, key: string) {
  const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization: `Bearer ${key}` } });
  // graphql-request has no subscriptions: graphql-ws runs the same documents.
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
      return socket.subscribe<{ deliveryUpdated: { id: string } }>(
        { query: print(changes), variables: { after } },
        { next: ({ data }) => data && changed(data.deliveryUpdated.id), error: console.error, complete: () => {} },
      );
    },

    close: () => socket.dispose(),
  };
}
