import { Client, Connection } from '@temporalio/client';
import type { ProcessConfig } from './processConfig.ts';

/** A connection to Temporal that is opened when it is first needed, and again after a failure. */
export interface TemporalClient {
  /** @throws when Temporal cannot be reached now */
  client(): Promise<Client>;
  /** Rejects where Temporal does not answer in a short time. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;

export function temporalConnectionOptions({ address, tls, apiKey }: ProcessConfig['temporal']) {
  return {
    address,
    tls: typeof tls === 'object' ? { serverNameOverride: tls.serverName } : tls,
    ...(apiKey === null ? {} : { apiKey }),
  };
}

export function createTemporalClient(temporal: ProcessConfig['temporal']): TemporalClient {
  let opening: Promise<Client> | null = null;

  async function open(): Promise<Client> {
    const connection = await Connection.connect({
      ...temporalConnectionOptions(temporal),
      connectTimeout: connectTimeoutMs,
    });
    return new Client({ connection, namespace: temporal.namespace });
  }

  function client(): Promise<Client> {
    opening ??= open().catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  return {
    client,
    async check() {
      const { connection } = await client();
      await connection.withDeadline(Date.now() + connectTimeoutMs, () => connection.workflowService.getSystemInfo({}));
    },
    async close() {
      const opened = await opening?.catch(() => null);
      await opened?.connection.close();
    },
  };
}
