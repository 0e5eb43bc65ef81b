import { connect } from 'node:net';
import { connectTimeoutMs, type Reachable, reasonOf } from '../../core/composition/reach.ts';
import { createTemporalClient, type TemporalSettings } from './temporal.ts';

/** Checks whether anything listens there, and why not: gRPC itself only says that time ran out. */
function dial(address: string): Promise<void> {
  const end = address.lastIndexOf(':');
  const host = address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(address.slice(end + 1)) });
    socket.setTimeout(connectTimeoutMs, () =>
      socket.destroy(new Error(`no connection within ${connectTimeoutMs / 1_000} s`)),
    );
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

export function reachableTemporal(temporal: TemporalSettings): Reachable {
  return {
    name: `TEMPORAL_ADDRESS: Temporal at ${temporal.address}`,
    async attempt() {
      await dial(temporal.address);
      const client = createTemporalClient(temporal);
      try {
        await client.check();
      } catch (error) {
        throw new Error(`something listens there, but does not answer as Temporal (${reasonOf(error)}; TEMPORAL_TLS?)`);
      } finally {
        await client.close();
      }
    },
  };
}
