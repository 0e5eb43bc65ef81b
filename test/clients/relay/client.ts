import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getRequest,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime';
import { openSocket } from '../socket.ts';
import Changes, { type operationsChangesSubscription } from './generated/operationsChangesSubscription.graphql.ts';
import Publish, { type operationsPublishMutation } from './generated/operationsPublishMutation.graphql.ts';
import Shown, { type operationsWebhook_shown$data } from './generated/operationsWebhook_shown.graphql.ts';
import Again, { type operationsWebhookAgainQuery } from './generated/operationsWebhookAgainQuery.graphql.ts';
import List, { type operationsWebhooks_list$data } from './generated/operationsWebhooks_list.graphql.ts';
import Page, { type operationsWebhooksPageQuery } from './generated/operationsWebhooksPageQuery.graphql.ts';
import Webhooks, { type operationsWebhooksQuery } from './generated/operationsWebhooksQuery.graphql.ts';

export function connect(url: string, key: string) {
  const socket = openSocket(url, key);
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text }, variables) => {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: text, variables }),
        });
        return response.json();
      },
      ({ text }, variables) =>
        Observable.create((sink) => socket.subscribe({ query: text ?? '', variables }, sink as never)),
    ),
  });

  return {
    /** All names, page by page, as the hook `usePaginationFragment` does it with `loadNext`. */
    async webhookNames(count = 2): Promise<string[]> {
      const operation = createOperationDescriptor(getRequest(Webhooks), { count });
      const kept = environment.retain(operation);
      try {
        await fetchQuery<operationsWebhooksQuery>(environment, Webhooks, { count }).toPromise();
        for (;;) {
          const { data: query } = environment.lookup(operation.fragment);
          const list = environment.lookup(getSingularSelector(List, query) as never);
          const { webhooks } = list.data as unknown as operationsWebhooks_list$data;
          const { hasNextPage, endCursor } = webhooks.pageInfo;
          if (!hasNextPage) return webhooks.edges.map(({ node }) => node.name);
          const next = { count, cursor: endCursor };
          // Its edges come to the end of the same connection in the store.
          await fetchQuery<operationsWebhooksPageQuery>(environment, Page, next).toPromise();
        }
      } finally {
        kept.dispose();
      }
    },

    /** One webhook anew by its id, as the hook `useRefetchableFragment` does it by the field `node`. */
    async nameAgain(id: string): Promise<string | undefined> {
      const operation = createOperationDescriptor(getRequest(Again), { id });
      const kept = environment.retain(operation);
      try {
        const data = await fetchQuery<operationsWebhookAgainQuery>(environment, Again, { id }).toPromise();
        if (!data?.node) return undefined;
        const shown = environment.lookup(getSingularSelector(Shown, data.node) as never);
        return (shown.data as unknown as operationsWebhook_shown$data).name;
      } finally {
        kept.dispose();
      }
    },

    publish(type: string, data: unknown): Promise<string> {
      return new Promise((resolve, reject) => {
        commitMutation<operationsPublishMutation>(environment, {
          mutation: Publish,
          variables: { input: { events: [{ type, data, idempotencyKey: crypto.randomUUID() }] } },
          onCompleted: ({ publishEvents }, errors) =>
            errors ? reject(new AggregateError(errors)) : resolve(publishEvents.events[0]?.id ?? ''),
          onError: reject,
        });
      });
    },

    watch(after: string, changed: (deliveryId: string) => void): () => void {
      const { dispose } = requestSubscription<operationsChangesSubscription>(environment, {
        subscription: Changes,
        variables: { after },
        onNext: (data) => data && changed(data.deliveryUpdated.id),
        onError: console.error,
      });
      return dispose;
    },

    close: () => socket.dispose(),
  };
}
