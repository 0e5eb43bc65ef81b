import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { openSocket } from '../socket.ts';

const webhooks = gql<{ webhooks: { edges: { node: { id: string; name: string } }[] } }>`
  query Webhooks {
    webhooks(first: 10) { edges { node { id name } } }
  }
`;
const publish = gql<
  { publishEvents: { events: { id: string }[] } },
  { input: { events: { type: string; data: unknown; idempotencyKey: string }[] } }
>`
  mutation Publish($input: PublishEventsInput!) {
    publishEvents(input: $input) { events { id } }
  }
`;
const changes = gql<{ deliveryUpdated: { id: string; status: string } }, { after: string }>`
  subscription Changes($after: String) {
    deliveryUpdated(after: $after) { id status cursor }
  }
`;

export function connect(url: string, key: string) {
  const socket = openSocket(url, key);
  const client = new Client({
    url: `${url}/graphql`,
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink as never) }),
        }),
      }),
    ],
  });

  return {
    async webhookNames(): Promise<string[]> {
      const { data, error } = await client.query(webhooks, {}).toPromise();
      if (error) throw error;
      return data?.webhooks.edges.map(({ node }) => node.name) ?? [];
    },

    async publish(type: string, data: unknown): Promise<string> {
      const event = { type, data, idempotencyKey: crypto.randomUUID() };
      const answer = await client.mutation(publish, { input: { events: [event] } }).toPromise();
      if (answer.error) throw answer.error;
      return answer.data?.publishEvents.events[0]?.id ?? '';
    },

    watch(after: string, changed: (deliveryId: string) => void): () => void {
      const { unsubscribe } = client.subscription(changes, { after }).subscribe(({ data, error }) => {
        if (error) console.error(error);
        if (data) changed(data.deliveryUpdated.id);
      });
      return unsubscribe;
    },

    close: () => socket.dispose(),
  };
}
