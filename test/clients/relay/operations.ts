import { graphql } from 'relay-runtime';

// relay-compiler reads these, and writes a file for each. With Babel's or SWC's plugin of Relay, the tags themselves become the
// imports that client.ts writes out.
export const operations = () => [
  graphql`
    query operationsWebhooksQuery($count: Int!, $cursor: String) {
      ...operationsWebhooks_list @arguments(count: $count, cursor: $cursor)
    }
  `,
  graphql`
    fragment operationsWebhooks_list on Query
    @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
    @refetchable(queryName: "operationsWebhooksPageQuery") {
      webhooks(first: $count, after: $cursor) @connection(key: "operations_webhooks") {
        edges {
          node {
            id
            name
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  graphql`
    fragment operationsWebhook_shown on Webhook @refetchable(queryName: "operationsWebhookAgainQuery") {
      id
      name
    }
  `,
  graphql`
    mutation operationsPublishMutation($input: PublishEventsInput!) {
      publishEvents(input: $input) {
        events {
          id
        }
      }
    }
  `,
  graphql`
    subscription operationsChangesSubscription($after: String) {
      deliveryUpdated(after: $after) {
        id
        status
        cursor
      }
    }
  `,
];
