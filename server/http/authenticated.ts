import type { Origin, Principal } from '../../core/access/principal.ts';
import { ApiError } from '../../core/ground/errors.ts';
import { clientOf } from './origin.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

/** @throws ApiError UNAUTHENTICATED, or RATE_LIMITED once that has happened too often */
export async function authenticated(
  { services, limits }: Pick<GraphQLTransportParts, 'services' | 'limits'>,
  authorization: string | undefined,
  origin: Origin,
): Promise<Principal> {
  const address = clientOf(origin);
  await limits.admitCredential(address, () => services.isKnownCredential(authorization));
  try {
    return await services.authenticate(authorization, origin);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') await limits.failure(address);
    throw error;
  }
}
