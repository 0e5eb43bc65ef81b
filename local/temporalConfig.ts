/**
 * Configuration of a Temporal server with all four services in one process, modelled on upstream's
 * `config/development-postgres12.yaml`. Written as JSON, which is YAML too.
 */
export interface TemporalServerSettings {
  /** Eight: gRPC and membership of frontend, history, matching and worker, in this order. */
  readonly ports: readonly number[];
  readonly postgres: { readonly port: number; readonly user: string; readonly password: string };
  readonly dynamicConfigFile: string;
}

export const temporalDatabase = 'temporal';
export const visibilityDatabase = 'temporal_visibility';

/** Fixed for the life of a database. With 64, two cores work at once without waiting for a shard's lock. */
const historyShards = 64;

const loopback = '127.0.0.1';

export function temporalConfig({ ports, postgres, dynamicConfigFile }: TemporalServerSettings): string {
  const store = (databaseName: string, connections: number) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `${loopback}:${postgres.port}`,
      connectProtocol: 'tcp',
      user: postgres.user,
      password: postgres.password,
      maxConns: connections,
      maxIdleConns: connections,
      maxConnLifetime: '1h',
    },
  });
  const service = (index: number) => ({
    rpc: { grpcPort: ports[index * 2], membershipPort: ports[index * 2 + 1], bindOnIP: loopback },
  });
  const frontend = `${loopback}:${ports[0]}`;
  return JSON.stringify(
    {
      log: { stdout: true, level: 'warn' },
      persistence: {
        defaultStore: 'default',
        visibilityStore: 'visibility',
        numHistoryShards: historyShards,
        datastores: { default: store(temporalDatabase, 40), visibility: store(visibilityDatabase, 10) },
      },
      // A killed server stays listed as a member for a while; the new one does not wait long for it.
      global: { membership: { maxJoinDuration: '10s', broadcastAddress: loopback } },
      services: { frontend: service(0), history: service(1), matching: service(2), worker: service(3) },
      clusterMetadata: {
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: 'active',
        currentClusterName: 'active',
        clusterInformation: {
          active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: frontend },
        },
      },
      dcRedirectionPolicy: { policy: 'noop' },
      archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
      namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
      publicClient: { hostPort: frontend },
      dynamicConfigClient: { filepath: dynamicConfigFile, pollInterval: '60s' },
    },
    null,
    2,
  );
}

/** The defaults protect clusters that many share; here the product has the server for itself. */
const dynamicConfig: Readonly<Record<string, unknown>> = {
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'frontend.namespaceRPS.visibility': 1_000,
  'frontend.namespaceCount': 10_000,
  'frontend.persistenceMaxQPS': 100_000,
  'history.rps': 100_000,
  'history.persistenceMaxQPS': 100_000,
  'matching.rps': 100_000,
  'matching.persistenceMaxQPS': 100_000,
  // One process serves every partition: more than one only delays tasks that wait in another.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // Organizations take turns when their activities wait for a worker.
  'matching.enableFairness': true,
  'matching.enableMigration': true,
  'system.enableDeploymentVersions': true,
  'frontend.workerVersioningWorkflowAPIs': true,
  // A namespace or a search attribute made at the start is visible at once.
  'system.forceSearchAttributesCacheRefreshOnRead': true,
  'system.namespaceCacheRefreshInterval': '1s',
};

/** The same for the CLI's development server, as arguments. */
export function temporalDynamicArguments(): string[] {
  return Object.entries(dynamicConfig).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
}

export function temporalDynamicConfig(): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(dynamicConfig).map(([key, value]) => [key, [{ value }]])),
    null,
    2,
  );
}
