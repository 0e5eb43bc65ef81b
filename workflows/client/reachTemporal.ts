import { connect } from 'node:net';
import { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';
import { connectTimeoutMs, type Reachable, reasonOf } from '../../core/composition/reach.ts';
import { hostOf } from './addressIdentity.ts';
import { handshake } from './handshake.ts';
import { createTemporalClient, type TemporalSettings } from './temporal.ts';

/** Checks whether anything listens there, and why not: gRPC itself only says that time ran out. */
function dial(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
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

/** What Temporal's refusal means for the settings; null if it is none. */
function refusal(error: unknown, { namespace, apiKey }: TemporalSettings): string | null {
  const cause = (error as Error).cause ?? error;
  if (!isGrpcServiceError(cause)) return null;
  if (cause.code === status.NOT_FOUND) return `it has no namespace ${namespace}: look at TEMPORAL_NAMESPACE`;
  if (cause.code !== status.UNAUTHENTICATED && cause.code !== status.PERMISSION_DENIED) return null;
  return apiKey === null
    ? `it refuses us (${cause.details}): set TEMPORAL_API_KEY, or a client certificate that may use TEMPORAL_NAMESPACE`
    : `it refuses the API key for namespace ${namespace} (${cause.details}): look at TEMPORAL_API_KEY and TEMPORAL_NAMESPACE`;
}

/** Its errors name the setting to look at, and hold no secret. */
export function reachableTemporal(temporal: TemporalSettings): Reachable {
  const { address, tls, apiKey, namespace } = temporal;
  const host = hostOf(address);
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return {
    name: `TEMPORAL_ADDRESS: Temporal at ${address}`,
    async attempt() {
      await dial(host, port);
      if (tls !== false) await handshake(host, port, tls === true ? null : tls);
      const client = createTemporalClient(temporal);
      try {
        await client.check();
        await client.use(({ connection }) =>
          connection.withDeadline(Date.now() + connectTimeoutMs, () =>
            connection.workflowService.describeNamespace({ namespace }),
          ),
        );
      } catch (error) {
        const look = tls === false ? 'TEMPORAL_TLS' : apiKey === null ? 'TEMPORAL_ADDRESS' : 'TEMPORAL_API_KEY';
        throw new Error(
          refusal(error, temporal) ??
            `something listens there, but does not answer as Temporal (${reasonOf(error)}; ${look}?)`,
        );
      } finally {
        await client.close();
      }
    },
  };
}
