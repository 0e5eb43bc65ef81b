import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { openSocket } from '../socket.ts';

const webhooks: TypedDocumentNode<{ webhooks: { edges: { node: { id: string; name: string } }[] } }> = gql`
  query Webhooks {
    webhooks(first: 10) { edges { node { id name } } }
  }
`;
const publish: TypedDocumentNode<
  { publishEvents: { events: { id: string }[] } },
  { input: { events: { type: string; data: unknown; idempotencyKey: string }[] } }
> = gql`
  mutation Publish($input: PublishEventsInput!) {
    publishEvents(input: $input) { events { id } }
  }
`;
const changes: TypedDocumentNode<{ deliveryUpdated: { id: string; status: string } }, { after: string }> = gql`
  subscription Changes($after: String) {
    deliveryUpdated(after: $after) { id status cursor }
  }
`;

export function connect(url: string, key: string) {
  const socket = openSocket(url, key);
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: `${url}/graphql`, headers: { authorization: `Bearer ${key}` } }),
    ),
  });

  return {
    async webhookNames(): Promise<string[]> {
      const { data } = await client.query({ query: webhooks });
      return data?.webhooks.edges.map(({ node }) => node.name) ?? [];
    },

    async publish(type: string, data: unknown): Promise<string> {
      const event = { type, data, idempotencyKey: crypto.randomUUID() };
      const answer = await client.mutate({ mutation: publish, variables: { input: { events: [event] } } });
      return answer.data?.publishEvents.events[0]?.id ?? '';
    },

    watch(after: string, changed: (deliveryId: string) => void): () => void {
      const subscription = client
        .subscribe({ query: changes, variables: { after } })
        .subscribe({ next: ({ data }) => data && changed(data.deliveryUpdated.id), error: console.error });
      return () => subscription.unsubscribe();
    },

    async close() {
      client.stop();
      await socket.dispose();
    },
  };
}
