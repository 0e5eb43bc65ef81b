import type { Principal } from '../../core/access/principal.ts';
import { tenantOf } from '../../core/access/tenant.ts';
import type { GraphQLEngine } from './graphql.ts';
import type { GraphQLParams } from './requestParser.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

type Outcome = ReturnType<GraphQLEngine['prepare']>;

/** Parses and validates a principal's document. A long one costs more of the rate limit and waits for its turn. */
export function preparedFor(
  { engine, limits }: Pick<GraphQLTransportParts, 'engine' | 'limits'>,
  principal: Principal,
  params: GraphQLParams,
): Outcome | Promise<Outcome> {
  const tenant = tenantOf(principal);
  if (!engine.isLong(params)) return engine.prepare(params, tenant);
  return limits
    .document(principal, params.query.length)
    .then(() => engine.turns.take(tenant, () => engine.prepare(params, tenant)));
}
