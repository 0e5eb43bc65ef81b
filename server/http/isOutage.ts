import { ApiError } from '../../core/ground/errors.ts';
import { outageOf } from '../../core/ground/outage.ts';

/** Whether an error says that a part is away for now; it says nothing of the caller then. */
export const isOutage = (error: unknown): boolean =>
  error instanceof ApiError ? error.code === 'UNAVAILABLE' : outageOf(error) !== null;
