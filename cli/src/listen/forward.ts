import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { ListenedRequest, ListenerAnswer } from '@everhook/sdk';

/** More requests than these wait for one another: a developer's server is small. */
const maxSockets = 8;
/** What the service keeps of an answer. */
const maxBodyBytes = 64 * 1024;
const maxHeaderBytes = 16 * 1024;
/** More of an answer is not even read. */
const maxReadBytes = 8 * 1024 * 1024;

const agents = {
  http: new HttpAgent({ keepAlive: true, maxSockets }),
  https: new HttpsAgent({ keepAlive: true, maxSockets }),
};

/** Those of one connection alone: Node decides them for this one. That it is kept alive holds here, too. */
const hopByHop = new Set(['keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'proxy-connection']);
const isOfOtherConnection = (name: string, value: string | null): boolean =>
  hopByHop.has(name) || (name === 'connection' && value?.toLowerCase() !== 'keep-alive');

/** Headers as they are sent: names, order and values as they came; only the host is the target's. */
function flatHeaders({ headers, body }: ListenedRequest, host: string): string[] {
  const flat: string[] = [];
  const names = new Set<string>();
  for (const { name, value } of headers) {
    const lower = name.toLowerCase();
    if (isOfOtherConnection(lower, value)) continue;
    names.add(lower);
    flat.push(name, lower === 'host' ? host : (value ?? ''));
  }
  if (!names.has('host')) flat.unshift('host', host);
  if (!names.has('content-length')) flat.push('content-length', String(Buffer.byteLength(body)));
  return flat;
}

/** Names that the service keeps: Node takes longer ones. */
const maxNameLength = 256;

/** The answer's headers in their order, as far as they are kept. */
function headersOf({ rawHeaders }: IncomingMessage): { name: string; value: string }[] {
  const kept = [];
  let bytes = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at] as string, rawHeaders[at + 1] as string];
    if (name.length > maxNameLength) continue;
    // As the service counts them: with what stands between and after them.
    bytes += name.length + value.length + 4;
    if (bytes > maxHeaderBytes) break;
    kept.push({ name, value });
  }
  return kept;
}

/** Node takes every status of three digits. */
const isStatus = (code: number): boolean => code >= 100 && code <= 599;

const failureOf = ({ code }: NodeJS.ErrnoException): 'CONNECT_ERROR' | 'INVALID_RESPONSE' =>
  code !== undefined && (code.startsWith('HPE_') || code === 'ECONNRESET') ? 'INVALID_RESPONSE' : 'CONNECT_ERROR';

const wordsOf = ({ code, message }: NodeJS.ErrnoException, target: URL): string => {
  if (code === 'ECONNREFUSED') return `Nothing listens on ${target.host}.`;
  return message || code || 'It could not connect.';
};

/**
 * Posts a request to the developer's own server, byte by byte as an ordinary webhook would get it. It may wait for a place before.
 *
 * @param timeoutMs - how long the server may take, from when the request has its place until the whole answer has come
 * @returns what the server said, or why it said nothing; it never throws
 */
export function forward(
  request: ListenedRequest,
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ListenerAnswer> {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  // While it waits for a place, the server has nothing to do with it.
  let beganAt: number | null = null;
  const duration = () => (beganAt === null ? 0 : Math.round(performance.now() - beganAt));
  return new Promise((resolve) => {
    const fail = (failure: 'CONNECT_ERROR' | 'TIMEOUT' | 'INVALID_RESPONSE', error: string) =>
      resolve({ failure, error: error.slice(0, 500), duration: duration() });
    const sent = (secure ? httpsRequest : httpRequest)(target, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: flatHeaders(request, target.host),
      signal,
    });
    let timer: NodeJS.Timeout | undefined;
    // It has its place, and connects if it must.
    sent.once('socket', () => {
      beganAt = performance.now();
      timer = setTimeout(() => {
        fail('TIMEOUT', `No whole answer within ${timeoutMs} ms.`);
        sent.destroy();
      }, timeoutMs);
    });
    sent.once('close', () => clearTimeout(timer));
    sent.once('error', (error: NodeJS.ErrnoException) => fail(failureOf(error), wordsOf(error, target)));
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let kept = 0;
      let read = 0;
      const end = () => {
        const responseCode = response.statusCode ?? 0;
        if (!isStatus(responseCode)) {
          fail('INVALID_RESPONSE', `The answer has the status ${responseCode}, which is none of HTTP: 100 to 599.`);
          return;
        }
        resolve({
          responseCode,
          responseHeaders: headersOf(response),
          responseBody: Buffer.concat(chunks).toString('utf8'),
          duration: duration(),
        });
      };
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (kept < maxBodyBytes) {
          chunks.push(chunk.subarray(0, maxBodyBytes - kept));
          kept += chunk.length;
        }
        if (read > maxReadBytes) {
          end();
          sent.destroy();
        }
      });
      response.once('end', end);
      response.once('error', () => fail('INVALID_RESPONSE', 'The answer broke off.'));
      response.once('aborted', () => fail('INVALID_RESPONSE', 'The answer broke off.'));
    });
    sent.end(Buffer.from(request.body, 'utf8'));
  });
}

/** Lets go of the connections that are kept. */
export function closeConnections(): void {
  agents.http.destroy();
  agents.https.destroy();
}
