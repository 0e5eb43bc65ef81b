import { readFileSync } from 'node:fs';

/** Settings with a secret in them: each may be given by a file instead, as Kubernetes and Docker mount secrets. */
export const secretNames = [
  'DATABASE_URL',
  'DATABASE_PASSWORD',
  'TEMPORAL_API_KEY',
  'EVERHOOK_OPERATOR_KEY',
  'EVERHOOK_ENCRYPTION_KEYS',
  'EVERHOOK_JWT_SECRET',
  'EVERHOOK_OIDC_ISSUERS',
  'EVERHOOK_PROXY_URL',
  // A collector's key.
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
  'OTEL_EXPORTER_OTLP_LOGS_HEADERS',
] as const;

/**
 * Reads the secrets that `<name>_FILE` names. The white space around a file's content is no part of the secret.
 *
 * @returns the values by the setting's name, and a line for each file that gives none; no line has a value in it
 */
export function secretsFromFiles(env: NodeJS.ProcessEnv): {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
} {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of secretNames) {
    const key = `${name}_FILE`;
    const path = env[key]?.trim();
    if (!path) continue;
    if (env[name]?.trim()) {
      problems.push(`${key}: must not be set together with ${name}: choose one.`);
      continue;
    }
    try {
      const value = readFileSync(path, 'utf8').trim();
      if (value === '') problems.push(`${key}: the file is empty. It must hold the value of ${name}.`);
      else values[name] = value;
    } catch (error) {
      problems.push(
        `${key}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no reason was given'}).`,
      );
    }
  }
  return { values, problems };
}
