import type { GraphQLResolveInfo } from 'graphql';

/** Where in an answer a field is, whatever row of a list it is asked of: `/deliveries/edges/node/inboundWebhook`. */
export const placeOf = ({ prev, key }: GraphQLResolveInfo['path']): string =>
  `${prev ? placeOf(prev) : ''}${typeof key === 'number' ? '' : `/${key}`}`;
