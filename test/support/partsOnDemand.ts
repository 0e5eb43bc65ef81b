import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalPostgres } from '../../local/postgres.ts';
import { type LocalTemporal, startTemporal } from '../../local/temporal.ts';

/** Serves test files what takes seconds to start: the first one that asks starts it, the others share it. */
export interface PartsServer {
  readonly url: string;
  close(): Promise<void>;
  /** For when there is no time to wait. */
  kill(): void;
}

export async function servePartsOnDemand(folder: string, postgres: LocalPostgres): Promise<PartsServer> {
  let temporal: Promise<LocalTemporal> | null = null;
  let running: LocalTemporal | null = null;
  const server = createServer(async (request, response) => {
    try {
      if (request.url !== '/temporal') throw new Error(`There is no ${request.url} to ask for.`);
      temporal ??= startTemporal({ folder, postgres });
      running = await temporal;
      response.end(JSON.stringify({ address: running.address, namespace: running.namespace }));
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await (await temporal?.catch(() => null))?.stop();
    },
    kill: () => running?.child.kill('SIGKILL'),
  };
}
