/** Codes of node, PostgreSQL and Prisma that say the database cannot be reached, or has no connection free. */
const codes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  '08000',
  '08003',
  '08006',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2037',
]);
const messages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** Whether a failure means that the database is away for now, and not that something is wrong with what was asked. */
export function isStoreAway(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, errorCode, message, cause, errors } = error as Record<string, unknown>;
  if (codes.has(String(code)) || codes.has(String(errorCode))) return true;
  if (typeof message === 'string' && messages.test(message)) return true;
  if (Array.isArray(errors) && errors.some((each) => isStoreAway(each, depth + 1))) return true;
  return isStoreAway(cause, depth + 1);
}
