import { type Config, ConfigError, loadConfig } from './config.ts';

/** Settings of an API or worker process. What `npm start` embeds by default must be set here. */
export interface ProcessConfig extends Config {
  readonly databaseUrl: string;
  readonly encryptionKeys: string;
  readonly temporal: Config['temporal'] & {
    readonly address: string;
    /** See `TemporalSettings`; tests of what happens without Temporal do not wait as long. */
    readonly connectTimeoutMs?: number;
  };
}

/**
 * Reads the settings as {@link loadConfig} does, for an API or worker process.
 *
 * @throws ConfigError naming every invalid or missing key
 */
export function loadProcessConfig(env: NodeJS.ProcessEnv): ProcessConfig {
  const config = loadConfig(env);
  const { databaseUrl, encryptionKeys, temporal } = config;
  const { address } = temporal;
  if (databaseUrl !== null && encryptionKeys !== null && address !== null) {
    return { ...config, databaseUrl, encryptionKeys, temporal: { ...temporal, address } };
  }
  const missing = { DATABASE_URL: databaseUrl, EVERHOOK_ENCRYPTION_KEYS: encryptionKeys, TEMPORAL_ADDRESS: address };
  throw new ConfigError(
    Object.entries(missing)
      .filter(([, value]) => value === null)
      .map(([key]) => `${key}: is missing. Only \`npm start\` sets it by itself, for the parts that it embeds.`),
  );
}
