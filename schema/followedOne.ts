import { ApiError } from '../core/ground/errors.ts';

/** A subscription ends with this error. */
export class FinalError extends ApiError {}

/**
 * For the events of a subscription that follows one thing: once it is gone, or may be seen no more, there is nothing left to follow.
 *
 * @param read - reads it as the principal sees it now
 * @throws FinalError in place of NOT_FOUND
 */
export async function followedOne<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
    throw new FinalError(error.code, error.message, error.field);
  }
}
