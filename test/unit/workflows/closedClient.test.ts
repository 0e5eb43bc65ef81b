import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTemporalClient } from '../../../workflows/client/temporal.ts';

const unavailable = '14';
const server = createServer();
let refused = 0;

beforeAll(async () => {
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const isHandshake = String(headers[':path']).endsWith('/GetSystemInfo');
    if (!isHandshake) refused++;
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    if (!isHandshake) {
      stream.respond({ ...head, 'grpc-status': unavailable }, { endStream: true });
      server.emit('refused');
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    // A message of no bytes.
    stream.end(Buffer.alloc(5));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

it.each([
  ['measured', () => {}],
  ['not measured', undefined],
])('a call that is to be tried again when its client closes fails, and ends no process (%s)', async (_, onCall) => {
  const { port } = server.address() as AddressInfo;
  const settings = { address: `127.0.0.1:${port}`, namespace: 'default', tls: false, apiKey: null } as const;
  const client = createTemporalClient(settings, onCall);
  const before = refused;
  const call = client.use((temporal) => temporal.workflow.getHandle('deliver').describe());
  const failed = call.then(
    () => null,
    (error: unknown) => error,
  );
  if (refused === before) await once(server, 'refused');
  await client.close();
  expect(await failed).toBeInstanceOf(Error);
  await expect(client.check()).rejects.toThrow('closed');
});
