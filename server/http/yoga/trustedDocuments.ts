import { tenantOf } from '../../access/tenant.ts';
import type { RequestParams } from '../requestParser.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type CallPlugin, callerOf } from './call.ts';

/** Documents by their names: persisted queries, and those that the installation trusts. */
export const useTrustedDocuments = ({ documents }: GraphQLTransportParts): CallPlugin => ({
  onParams({ params, setParams, context }) {
    setParams(documents.resolve(params as RequestParams, tenantOf(callerOf(context).principal)) as never);
  },
});
