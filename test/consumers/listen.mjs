import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * Serves one webhook consumer on a free loopback port and prints the port. The secret comes from WEBHOOK_SECRET.
 *
 * @param {(request: { headers: import('node:http').IncomingHttpHeaders, rawBody: Buffer, secret: string }) => boolean} verify
 *   says whether the request is genuine; whatever it throws counts as no.
 */
export function listen(verify) {
  const secret = process.env.WEBHOOK_SECRET ?? '';
  const server = createServer(async (request, response) => {
    let genuine = false;
    try {
      genuine = verify({ headers: request.headers, rawBody: await buffer(request), secret });
    } catch {
      // Broken off, or nothing that can be verified.
    }
    response.writeHead(genuine ? 200 : 401).end(genuine ? 'OK' : 'Invalid signature');
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}
