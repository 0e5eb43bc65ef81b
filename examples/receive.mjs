// Shared by the examples: a server that takes Onplana's requests and rejects forged ones.
import { createServer } from 'node:http';
import { onplana, VerificationError } from '@everhook/sdk/verify';

/** Largest request body that is read, in bytes. */
const maxBytes = 1024 * 1024;

async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Serves a webhook with the ONPLANA profile on PORT (a free port if it is 0 or not set) and prints its URL.
 * || If `handle` throws, the answer is 503, and the event comes again by the webhook's schedule.
 * || @param {(event: import('@everhook/sdk/verify').OnplanaEvent) => Promise<void>} handle
 */
export function serve(handle) {
  const { WEBHOOK_SECRET: secret = '', PORT: port = '0', HOST: host = '127.0.0.1' } = process.env;
  const server = createServer(async (request, response) => {
    try {
      // Within the `try`: a request may break off.
      const body = await bodyOf(request);
      if (body === null) {
        response.writeHead(413, { connection: 'close' }).end();
        return;
      }
      await handle(await onplana({ headers: request.headers, body }, secret));
      response.writeHead(200).end();
    } catch (error) {
      if (!(error instanceof VerificationError)) console.error(error);
      response.writeHead(error instanceof VerificationError ? 401 : 503).end();
    }
  });
  server.listen(Number(port), host, () => console.log(`http://${host}:${server.address().port}/`));
}

/** The latest delivery ids that were handled. If several processes receive, use a database for this. */
export class Seen {
  #ids = new Set();

  has(id) {
    return this.#ids.has(id);
  }

  add(id) {
    this.#ids.add(id);
    if (this.#ids.size > 100_000) this.#ids.delete(this.#ids.values().next().value);
  }
}
