import { createServer } from 'node:http';

/**
 * Serves one webhook consumer on a free loopback port and prints the port. The secret comes from WEBHOOK_SECRET.
 *
 * @param {(request: { headers: import('node:http').IncomingHttpHeaders, rawBody: Buffer, secret: string }) => boolean} verify
 *   says whether the request is genuine; whatever it throws counts as no.
 */
export function listen(verify) {
  const secret = process.env.WEBHOOK_SECRET ?? '';
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const genuine = (() => {
      try {
        return verify({ headers: request.headers, rawBody: Buffer.concat(chunks), secret });
      } catch {
        return false;
      }
    })();
    response.writeHead(genuine ? 200 : 401).end(genuine ? 'OK' : 'Invalid signature');
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}
