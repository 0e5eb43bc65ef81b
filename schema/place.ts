import type { GraphQLResolveInfo } from 'graphql';

/** A field's place in an answer, the same for every row of a list: `/deliveries/edges/node/inboundWebhook`. */
export const placeOf = ({ prev, key }: GraphQLResolveInfo['path']): string =>
  `${prev ? placeOf(prev) : ''}${typeof key === 'number' ? '' : `/${key}`}`;
