import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from '../errors.ts';

/**
 * Reads a request's body as text, and no more of it than allowed.
 *
 * @throws ApiError LIMIT_EXCEEDED (field `body`) for a longer one, VALIDATION_FAILED for what is not UTF-8 or breaks off
 */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLong(mostBytes);
  const body = await collect(request, mostBytes);
  if (!isUtf8(body)) throw invalid('body', 'The body is not UTF-8.');
  return body.toString('utf8');
}

const tooLong = (mostBytes: number) =>
  new ApiError('LIMIT_EXCEEDED', `A request body has at most ${mostBytes} bytes. Send less at a time.`, 'body');

function collect(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > mostBytes) {
        request.pause();
        reject(tooLong(mostBytes));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const brokenOff = () => reject(invalid('body', 'The body broke off.'));
    request.on('error', brokenOff);
    request.on('aborted', brokenOff);
  });
}
