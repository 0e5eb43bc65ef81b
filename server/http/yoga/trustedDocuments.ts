import { tenantOf } from '../../../core/access/tenant.ts';
import type { RequestParams } from '../requestParser.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type CallPlugin, callerOf } from './call.ts';

/** Documents by their names: persisted queries, and those that the installation trusts. */
export const useTrustedDocuments = ({ documents }: GraphQLTransportParts): CallPlugin => ({
  onParams({ params, setParams, context }) {
    const asked = params as RequestParams;
    if (documents.isPlain(asked)) return;
    setParams(documents.resolve(asked, tenantOf(callerOf(context).principal)) as never);
  },
});
