/** A part that Everhook depends on cannot serve now. Nothing is wrong with the request itself. */
export interface Outage {
  readonly part: 'database' | 'temporal';
  /** The code or the sentence of the failure: an operator looks it up, and failures are grouped by it. */
  readonly cause: string;
}

/**
 * SQLSTATE (PostgreSQL's documentation, appendix A): connection failures (08), a server that has become read-only (25006, after
 * a failover), a transaction that was idle or took too long and was ended (25P03, 25P04), conflicts that a retry solves (40001,
 * 40003, 40P01), lack of resources (53), a lock not available (55P03), a statement or a server that was ended (57 but 57P04, which
 * drops the database), a machine or a disk that fails (58000, 58030).
 */
const sqlStates = /^(08\w{3}|25006|25P0[34]|40001|40003|40P01|53\w{3}|55P03|57(?!P04)\w{3}|58000|58030)$/;

/** Prisma's codes for the same: P1xxx connection failures, P2024 and P2028 no connection in time, P2034 a conflict. */
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P1018', 'P2024', 'P2028', 'P2034', 'P2037']);

/** The names that Prisma's adapter uses where it has no code. */
const adapterKinds = new Set([
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
]);

/** Node's codes for connection failures; the last two: this process has no file descriptor left. */
const nodeCodes = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOBUFS',
  'ENOTCONN',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ETIMEDOUT',
  'EMFILE',
  'ENFILE',
]);

/**
 * Codes for a connection to a Unix socket that is gone while its server restarts, or whose queue is full. The same codes mean
 * something else for a file, so the failure must be a connection's, of which Prisma keeps only the message.
 */
const socketCodes = new Set(['EAGAIN', 'ENOENT']);

/** Errors of the driver that have a message but no code. */
const driverSentences = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  // The server answers the request for TLS with an error: it cannot start a process for the session.
  'There was an error establishing an SSL connection',
];

/** gRPC's statuses for an outage, by number. */
const grpcStatuses = new Map([
  [1, 'CANCELLED'],
  [4, 'DEADLINE_EXCEEDED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [10, 'ABORTED'],
  [14, 'UNAVAILABLE'],
]);

/** gRPC's INTERNAL is a fault, unless the connection broke amid the call. A refused certificate breaks it as well, but every time. */
const brokenOff = /RST_STREAM with code [02]\b(?!.*SSL alert number)/s;

/** Errors of Temporal's client, of its native connection and of a worker that starts, which have a message but no code. */
const temporalSentences = [
  'Failed to connect before the deadline',
  'Failed to connect to Temporal',
  'It does not poll Temporal yet',
];

/** How deep errors may be nested in each other. */
const maxDepth = 6;

/**
 * Whether a failure is an outage, and not an error of the request. This is the only place that knows how PostgreSQL, its
 * driver, Prisma, the network and Temporal report one, also inside another error.
 *
 * @returns null where it is no outage
 */
export const outageOf = (error: unknown): Outage | null => look(error, 0);

function look(error: unknown, depth: number): Outage | null {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return null;
  const { name, code, errorCode, originalCode, kind, syscall, details, message, cause, meta, errors } = error as Record<
    string,
    unknown
  >;
  if (typeof code === 'number' && typeof details === 'string') {
    const status = code === 13 && brokenOff.test(details) ? 'INTERNAL' : grpcStatuses.get(code);
    return status === undefined ? null : { part: 'temporal', cause: `gRPC ${status}` };
  }
  // The error inside Prisma's says more than Prisma's own code.
  const inner = look((meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError, depth + 1);
  if (inner) return inner;
  for (const each of [originalCode, code, errorCode]) {
    if (typeof each !== 'string') continue;
    if (sqlStates.test(each) || prismaCodes.has(each) || nodeCodes.has(each)) return { part: 'database', cause: each };
    const ofConnection = syscall === 'connect' || (typeof message === 'string' && /^connect E/m.test(message));
    if (ofConnection && socketCodes.has(each)) return { part: 'database', cause: each };
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
