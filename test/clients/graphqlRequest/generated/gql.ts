/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Webhooks {\n    webhooks(first: 10) { edges { node { id name } } }\n  }\n": typeof types.WebhooksDocument,
    "\n  mutation Publish($input: PublishEventsInput!) {\n    publishEvents(input: $input) { events { id } }\n  }\n": typeof types.PublishDocument,
    "\n  subscription Changes($after: String) {\n    deliveryUpdated(after: $after) { id status cursor }\n  }\n": typeof types.ChangesDocument,
};
const documents: Documents = {
    "\n  query Webhooks {\n    webhooks(first: 10) { edges { node { id name } } }\n  }\n": types.WebhooksDocument,
    "\n  mutation Publish($input: PublishEventsInput!) {\n    publishEvents(input: $input) { events { id } }\n  }\n": types.PublishDocument,
    "\n  subscription Changes($after: String) {\n    deliveryUpdated(after: $after) { id status cursor }\n  }\n": types.ChangesDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Webhooks {\n    webhooks(first: 10) { edges { node { id name } } }\n  }\n"): (typeof documents)["\n  query Webhooks {\n    webhooks(first: 10) { edges { node { id name } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Publish($input: PublishEventsInput!) {\n    publishEvents(input: $input) { events { id } }\n  }\n"): (typeof documents)["\n  mutation Publish($input: PublishEventsInput!) {\n    publishEvents(input: $input) { events { id } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription Changes($after: String) {\n    deliveryUpdated(after: $after) { id status cursor }\n  }\n"): (typeof documents)["\n  subscription Changes($after: String) {\n    deliveryUpdated(after: $after) { id status cursor }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;