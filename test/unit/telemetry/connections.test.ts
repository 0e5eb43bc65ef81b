import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTelemetry } from '../../../core/telemetry/telemetry.ts';

describe('what is sent to a collector', () => {
  let server: Server;
  /** Bodies that were answered, as text. */
  const taken: string[] = [];

  beforeAll(async () => {
    const used = new WeakSet<Socket>();
    // It ends an idle connection just when something comes by it, as every server may at some time.
    server = createServer((request, response) => {
      if (used.has(request.socket)) return request.socket.destroy();
      used.add(request.socket);
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        taken.push(Buffer.concat(chunks).toString('latin1'));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('OTEL_BLRP_SCHEDULE_DELAY', '20');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('arrives, batch after batch, though the collector ends a connection that was used before', async () => {
    const collector = { headers: {} };
    const signals = { traces: null, metrics: null, logs: true, askedPerSecond: 1 };
    const collectors = { traces: collector, metrics: collector, logs: collector };
    const telemetry = await startTelemetry({ ...signals, collector: collectors }, 'api', false);
    for (const name of ['first', 'second', 'third']) {
      telemetry.line(`${JSON.stringify({ level: 30, time: Date.now(), msg: `the ${name} line` })}\n`);
      await expect.poll(() => taken.join(), { timeout: 10_000 }).toContain(`the ${name} line`);
    }
    await telemetry.close();
  });
});
