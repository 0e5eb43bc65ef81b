import { createHash } from 'node:crypto';
import { invalid } from '../ground/errors.ts';

const form = 1;
const timeBytes = 6;
const sealBytes = 5;

const seal = (head: Uint8Array, scopeId: string): Buffer =>
  createHash('sha256').update('live cursor').update(head).update(scopeId).digest().subarray(0, sealBytes);

/**
 * A position in the changes of an organization or a project, as an opaque text that clients keep and send back. It holds a time
 * before which nothing is missing, and is bound to its scope, so that a cursor of another scope is recognized.
 * It protects nothing: the client's permissions are checked again when it comes back.
 *
 * @param time - milliseconds since 1970 by PostgreSQL's clock
 */
export function writeCursor(scopeId: string, time: number): string {
  const head = Buffer.alloc(1 + timeBytes);
  head.writeUInt8(form);
  head.writeUIntBE(time, 1, timeBytes);
  return Buffer.concat([head, seal(head, scopeId)]).toString('base64url');
}

/**
 * @param names - how the error names the things that change, and their scope
 * @returns the time that `writeCursor` was given
 * @throws ApiError VALIDATION_FAILED, field `after`
 */
export function readCursor(
  scopeId: string,
  cursor: string,
  names = { one: 'delivery', many: 'deliveries', scope: 'organization' },
): number {
  const bytes = Buffer.from(cursor, 'base64url');
  const head = bytes.subarray(0, 1 + timeBytes);
  const known =
    bytes.length === 1 + timeBytes + sealBytes &&
    head[0] === form &&
    bytes.toString('base64url') === cursor &&
    seal(head, scopeId).equals(bytes.subarray(1 + timeBytes));
  if (!known) {
    throw invalid(
      'after',
      `This is not a cursor of this ${names.scope}’s ${names.many}. Pass the cursor of the last ${names.one} received, or none to start now.`,
    );
  }
  return head.readUIntBE(1, timeBytes);
}
