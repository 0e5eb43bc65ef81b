import type { IncomingMessage } from 'node:http';
import { invalid } from '../../core/ground/errors.ts';
import { HttpRefusal } from './refusal.ts';

// In each pattern only one part can match a given space: if two could, a long run of spaces would cause backtracking.
const json = /^application\/json *(?:; *charset *= *"?utf-8"? *)?$/i;
const jsonOrPatch = /^application\/(?:merge-patch\+)?json *(?:; *charset *= *"?utf-8"? *)?$/i;

/** Whether a `Content-Type` is JSON in UTF-8. */
export const isJson = (header: string | undefined): boolean => json.test(header ?? '');

/** Whether a `Content-Type` is JSON in UTF-8, or a merge patch (RFC 7396). */
export const isJsonOrPatch = (header: string | undefined): boolean => jsonOrPatch.test(header ?? '');

/** Whether a `Content-Encoding` leaves a body as it is. */
export const isPlain = (header = ''): boolean => /^(identity)?$/i.test(header);

/**
 * @param isAllowed - whether a `Content-Type` is
 * @throws HttpRefusal 415 unless a body is JSON in UTF-8, without a content encoding
 */
export function requireJson({ headers }: IncomingMessage, isAllowed = isJson): void {
  if (!isAllowed(headers['content-type'])) {
    const reason = invalid('content-type', 'Send the body as "Content-Type: application/json" in UTF-8.');
    throw new HttpRefusal(415, reason, { accept: 'application/json' });
  }
  if (!isPlain(headers['content-encoding'])) {
    throw new HttpRefusal(415, invalid('content-encoding', 'Send the body as it is, without a content encoding.'));
  }
}
