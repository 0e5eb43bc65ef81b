import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalPostgres } from '../../local/postgres.ts';
import { type LocalTemporal, startTemporal } from '../../local/temporal.ts';
import { startProduct } from './installation.ts';
import { sharedSettings } from './sharedProduct.ts';

/** Gives test files the parts that take seconds to start: the first file that asks starts one, the others share it. */
export interface PartsServer {
  readonly url: string;
  close(): Promise<void>;
  /** Ends the parts at once, without waiting. */
  kill(): void;
}

export async function servePartsOnDemand(folder: string, postgres: LocalPostgres): Promise<PartsServer> {
  let temporal: Promise<LocalTemporal> | null = null;
  let running: LocalTemporal | null = null;
  let product: ReturnType<typeof startProduct> | null = null;

  const parts: Readonly<Record<string, () => Promise<object>>> = {
    async '/temporal'() {
      temporal ??= startTemporal({ folder, postgres });
      running = await temporal;
      return { address: running.address, namespace: running.namespace };
    },
    async '/product'() {
      product ??= startProduct(sharedSettings);
      const { url, operatorKey, folder: place } = await product;
      return { url, operatorKey, folder: place };
    },
  };

  const server = createServer(async (request, response) => {
    try {
      const part = parts[request.url ?? ''];
      if (!part) throw new Error(`There is no ${request.url} to ask for.`);
      response.end(JSON.stringify(await part()));
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
      const started = await product?.catch(() => null);
      await started?.parts.stop();
      if (started) await rm(started.folder, { recursive: true, force: true });
    },
    kill: () => running?.child.kill('SIGKILL'),
  };
}
