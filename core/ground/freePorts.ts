import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the range that systems use for outgoing connections, so that a killed part finds its port free again; and
 * Temporal stores its ports in a `smallint`.
 */
const minPort = 15_000;
const maxPort = 32_767;

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

async function listenAnywhere(): Promise<Server> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const server = await listen(randomInt(minPort, maxPort + 1)).catch(() => null);
    if (server !== null) return server;
  }
  throw new Error(`No port between ${minPort} and ${maxPort} on 127.0.0.1 is free.`);
}

/**
 * Finds free ports on loopback, all different.
 *
 * @param wanted - ports to take again if they are free, such as those of the last start; 0 for any
 */
export async function freePorts(wanted: readonly number[]): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (const port of wanted) {
      servers.push(port === 0 ? await listenAnywhere() : await listen(port).catch(listenAnywhere));
    }
    return servers.map((server) => (server.address() as { port: number }).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** A port that was free is taken after all: another program was quicker. */
export class PortTaken extends Error {}

/**
 * Starts something on free ports. Where another program takes one of them before it listens, it starts again on others.
 *
 * @param wanted - as for {@link freePorts}
 * @param start - throws {@link PortTaken} in that case, and has left nothing running then
 * @param maxTries - how often it may find that
 */
export async function onFreePorts<T>(
  wanted: readonly number[],
  start: (ports: readonly number[]) => Promise<T>,
  maxTries = 4,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await freePorts(wanted));
    } catch (error) {
      if (!(error instanceof PortTaken) || tries === maxTries) throw error;
    }
  }
}
