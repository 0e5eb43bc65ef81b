/** That a part which Everhook stands on cannot serve now, though nothing is wrong with what was asked of it. */
export interface NotNow {
  readonly part: 'database' | 'temporal';
  /** The code or the sentence that said so: what an operator looks up, and by which failures are told apart. */
  readonly cause: string;
}

/**
 * SQLSTATE (PostgreSQL's documentation, appendix A): the way there (08), a server that was written to and is read-only now
 * (25006, after a failover), a transaction that stood still (25P03), conflicts that another try gets over (40001, 40003,
 * 40P01), resources (53), a lock that could not be had (55P03), a statement or a server that was ended (57014, 57P0x but
 * 57P04, which drops the database).
 */
const sqlStates = /^(08\w{3}|25006|25P03|40001|40003|40P01|53\w{3}|55P03|57014|57P01|57P02|57P03|57P05)$/;

/** How Prisma calls the same: P1xxx on the way there, P2024 and P2028 without a connection in time, P2034 a conflict. */
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P1018', 'P2024', 'P2028', 'P2034', 'P2037']);

/** How Prisma's adapter calls what it has no code for. */
const adapterKinds = new Set([
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
]);

/** Of node, on the way there; the last two: this process has no file descriptor left. */
const nodeCodes = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ETIMEDOUT',
  'EMFILE',
  'ENFILE',
]);

/** What the driver says in words alone. */
const driverSentences = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
];

/** gRPC's statuses that mean so, by number. */
const grpcStatuses = new Map([
  [1, 'CANCELLED'],
  [4, 'DEADLINE_EXCEEDED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [10, 'ABORTED'],
  [14, 'UNAVAILABLE'],
]);

/** What Temporal's client and its native connection say in words alone. */
const temporalSentences = ['Failed to connect before the deadline', 'Failed to connect to Temporal'];

/** How deep errors lie in one another, at most. */
const deepest = 6;

/**
 * Whether a failure means "not now", and not that something is wrong with what was asked: the one place that knows how
 * PostgreSQL, its driver, Prisma, the network and Temporal say so, also where one hides it in another's error.
 */
export const notNow = (error: unknown): NotNow | null => look(error, 0);

function look(error: unknown, depth: number): NotNow | null {
  if (typeof error !== 'object' || error === null || depth > deepest) return null;
  const { name, code, errorCode, originalCode, kind, details, message, cause, meta, errors } = error as Record<
    string,
    unknown
  >;
  if (typeof code === 'number' && typeof details === 'string') {
    const status = grpcStatuses.get(code);
    return status === undefined ? null : { part: 'temporal', cause: `gRPC ${status}` };
  }
  // What Prisma hides says more than the code that it gives to all of its kind.
  const inner = look((meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError, depth + 1);
  if (inner) return inner;
  for (const each of [originalCode, code, errorCode]) {
    if (typeof each !== 'string') continue;
    if (sqlStates.test(each) || prismaCodes.has(each) || nodeCodes.has(each)) return { part: 'database', cause: each };
  }
  if (typeof kind === 'string' && adapterKinds.has(kind)) return { part: 'database', cause: kind };
  if (typeof message === 'string') {
    const said = driverSentences.find((sentence) => message.includes(sentence));
    if (said) return { part: 'database', cause: said };
    const temporal = temporalSentences.find((sentence) => message.includes(sentence));
    if (temporal ?? name === 'TransportError') return { part: 'temporal', cause: temporal ?? 'TransportError' };
  }
  for (const each of Array.isArray(errors) ? [...errors, cause] : [cause]) {
    const found = look(each, depth + 1);
    if (found) return found;
  }
  return null;
}
