import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../core/ground/outage.ts';
import { Prisma, PrismaClient } from '../../../core/store/prisma/client.ts';

const withCode = (code: unknown, message = 'It did not work.') => Object.assign(new Error(message), { code });

/** An error of the driver: `DatabaseError` with PostgreSQL's code. */
function fromPostgres(code: string, message = 'It did not work.') {
  const error = new pg.DatabaseError(message, message.length, 'error');
  return Object.assign(error, { code, severity: 'FATAL' });
}

/** An error of Prisma, which hides PostgreSQL's code when Prisma has no code of its own for it. */
function fromPrisma(code: string, originalCode?: string, message = 'It did not work.') {
  const payload = { kind: 'postgres', code: originalCode, originalCode, message, severity: 'FATAL' };
  return new Prisma.PrismaClientKnownRequestError(`Invalid \`prisma.webhook.create()\` invocation:\n\n\n${message}`, {
    code,
    clientVersion: '7',
    ...(originalCode === undefined ? {} : { meta: { driverAdapterError: new DriverAdapterError(payload as never) } }),
  });
}

/** gRPC's status codes. */
const status = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

const fromGrpc = (code: number, details = 'it did not work') =>
  Object.assign(new Error('Failed to signalWithStart Workflow'), {
    name: 'ServiceError',
    cause: Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} }),
  });

const refusedCertificate =
  'Received RST_STREAM with code 2 triggered by internal client error: tlsv13 alert certificate required: SSL alert number 116';

describe('an outage is distinguished from an error of the call', () => {
  it.each([
    ...[
      '08000',
      '08001',
      '08003',
      '08004',
      '08006',
      '08007',
      '08P01',
      '25006',
      '25P03',
      '25P04',
      '40001',
      '40003',
      '40P01',
    ],
    ...['53000', '53100', '53200', '53300', '53400', '55P03', '57000', '57014', '57P01', '57P02', '57P03', '57P05'],
    ...['58000', '58030'],
  ])('PostgreSQL’s %s, from the driver and hidden in Prisma’s errors', (code) => {
    const found = { part: 'database', cause: code };
    expect(outageOf(fromPostgres(code))).toEqual(found);
    expect(outageOf(fromPrisma('P2039', code, 'the database system is starting up'))).toEqual(found);
    expect(outageOf(fromPrisma('P2010', code))).toEqual(found);
    expect(outageOf(new Error('a batch failed', { cause: fromPostgres(code) }))).toEqual(found);
  });

  it.each(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])('Prisma’s %s', (code) => {
    expect(outageOf(fromPrisma(code))).toEqual({ part: 'database', cause: code });
    const opening = new Prisma.PrismaClientInitializationError('It did not work.', '7', code);
    expect(outageOf(opening)).toEqual({ part: 'database', cause: code });
  });

  it.each(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TransactionWriteConflict'])(
    'the adapter’s %s',
    (kind) => {
      expect(outageOf(new DriverAdapterError({ kind } as never))).toEqual({ part: 'database', cause: kind });
    },
  );

  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EMFILE'],
    ...['EADDRNOTAVAIL', 'ENOBUFS'],
  ])('node’s %s, also of one address among several', (code) => {
    expect(outageOf(withCode(code))).toEqual({ part: 'database', cause: code });
    expect(outageOf(new AggregateError([new Error('another'), withCode(code)]))).toMatchObject({ cause: code });
  });

  it('a Unix socket that is gone while PostgreSQL restarts, from the driver and through Prisma', async () => {
    const folder = join(tmpdir(), `no-socket-${randomUUID()}`);
    const found = { part: 'database', cause: 'ENOENT' };
    const fromDriver = await new pg.Client({ host: folder }).connect().catch((error: unknown) => error);
    expect(outageOf(fromDriver)).toEqual(found);
    const prisma = new PrismaClient({ adapter: new PrismaPg({ host: folder }) });
    const fromClient = await prisma.organization.count().catch((error: unknown) => error);
    const fromTransaction = await prisma.$transaction(async () => {}).catch((error: unknown) => error);
    await prisma.$disconnect();
    expect([outageOf(fromClient), outageOf(fromTransaction)]).toEqual([found, found]);
  });

  it('a server that cannot begin a session, and says so where TLS was asked for, from the driver and through Prisma', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end('Ecould not fork new process\n\0')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const found = { part: 'database', cause: 'There was an error establishing an SSL connection' };
    const address = { host: '127.0.0.1', port, ssl: true };
    const fromDriver = await new pg.Client(address).connect().catch((error: unknown) => error);
    const prisma = new PrismaClient({ adapter: new PrismaPg(address) });
    const fromClient = await prisma.organization.count().catch((error: unknown) => error);
    const fromTransaction = await prisma.$transaction(async () => {}).catch((error: unknown) => error);
    await prisma.$disconnect();
    server.close();
    expect([outageOf(fromDriver), outageOf(fromClient), outageOf(fromTransaction)]).toEqual([found, found, found]);
  });

  it('a Unix socket whose queue of connections is full', () => {
    expect(outageOf(Object.assign(withCode('EAGAIN'), { syscall: 'connect' }))).toMatchObject({ cause: 'EAGAIN' });
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ])('the driver’s "%s"', (message) => {
    expect(outageOf(new Error(message))).toMatchObject({ part: 'database' });
  });

  it.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED', 'CANCELLED'] as const)(
    'Temporal’s %s',
    (name) => {
      expect(outageOf(fromGrpc(status[name]))).toEqual({ part: 'temporal', cause: `gRPC ${name}` });
    },
  );

  it.each([
    'Received RST_STREAM with code 2 (Internal server error)',
    'Received RST_STREAM with code 2 triggered by internal client error: write EPIPE',
    'Received RST_STREAM with code 0 (Call ended without gRPC status)',
  ])('a connection to Temporal that broke amid a call: %s', (details) => {
    expect(outageOf(fromGrpc(status.INTERNAL, details))).toEqual({ part: 'temporal', cause: 'gRPC INTERNAL' });
  });

  it.each(['Failed to connect before the deadline', 'It does not poll Temporal yet.'])(
    'Temporal’s connection that is not there yet: "%s"',
    (message) => {
      expect(outageOf(new Error(message))).toMatchObject({ part: 'temporal' });
    },
  );

  it.each([
    ['a value that is too long', fromPostgres('22001')],
    ['a key that exists already', fromPrisma('P2002')],
    ['a row that does not exist', fromPrisma('P2025')],
    ['a column that does not exist', fromPrisma('P2039', '42703')],
    ['a database that was dropped', fromPostgres('57P04')],
    ['a password that is wrong', fromPostgres('28P01')],
    ['a file that does not exist', Object.assign(withCode('ENOENT'), { syscall: 'open' })],
    ['a program that does not exist', Object.assign(withCode('ENOENT'), { syscall: 'spawn' })],
    [
      'a certificate that is not trusted',
      new DriverAdapterError({ kind: 'TlsConnectionError', reason: 'self-signed' }),
    ],
    ['a server without TLS', new Error('The server does not support SSL connections')],
    ['a bug', new TypeError('x is not a function')],
    ['a workflow that does not exist', fromGrpc(status.NOT_FOUND)],
    ['an argument that Temporal refuses', fromGrpc(status.INVALID_ARGUMENT)],
    ['a bug of Temporal', fromGrpc(status.INTERNAL)],
    ['a certificate that Temporal refuses', fromGrpc(status.INTERNAL, refusedCertificate)],
    ['nothing', null],
    ['a text', 'ECONNREFUSED'],
  ])('not %s', (_what, error) => {
    expect(outageOf(error)).toBeNull();
  });

  it('a circle of causes comes to an end', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(outageOf(error)).toBeNull();
  });
});
