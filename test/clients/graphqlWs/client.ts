import { openSocket } from '../socket.ts';

export function connect(url: string, key: string) {
  const socket = openSocket(url, key);

  /** One result: queries and mutations work over the socket, too. */
  async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    for await (const { data, errors } of socket.iterate<Data>({ query, variables })) {
      if (errors) throw new AggregateError(errors, errors[0]?.message);
      if (data) return data;
    }
    throw new Error('No result came.');
  }

  return {
    async webhookNames(): Promise<string[]> {
      type Data = { webhooks: { edges: { node: { name: string } }[] } };
      const { webhooks } = await ask<Data>('{ webhooks(first: 10) { edges { node { name } } } }');
      return webhooks.edges.map(({ node }) => node.name);
    },

    async publish(type: string, data: unknown): Promise<string> {
      type Data = { publishEvents: { events: { id: string }[] } };
      const { publishEvents } = await ask<Data>(
        'mutation Publish($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        // Over a new socket, graphql-ws sends again what had no answer: by its key the event is published once.
        { input: { events: [{ type, data, idempotencyKey: crypto.randomUUID() }] } },
      );
      return publishEvents.events[0]?.id ?? '';
    },

    /** @param after - the cursor to begin after: the query `deliveryCursor`, or the last change's */
    watch(after: string, changed: (deliveryId: string) => void): () => void {
      return socket.subscribe<{ deliveryUpdated: { id: string } }>(
        {
          query: 'subscription ($after: String) { deliveryUpdated(after: $after) { id status cursor } }',
          variables: { after },
        },
        {
          next: ({ data }) => data && changed(data.deliveryUpdated.id),
          error: console.error,
          complete: () => {},
        },
      );
    },

    close: () => socket.dispose(),
  };
}
