import { type TlsFiles, tlsFiles } from '../ground/tlsFiles.ts';

/** TLS to Temporal with more than the system's own certificates and the address's own name. */
export interface TemporalTls extends TlsFiles {
  /** The name that the server's certificate must have; null for the address's. */
  readonly serverName: string | null;
}

/** The settings of TLS to Temporal, as they were given. */
interface TlsValues {
  readonly TEMPORAL_TLS?: string | undefined;
  readonly TEMPORAL_API_KEY?: string | undefined;
  readonly TEMPORAL_TLS_SERVER_CA_CERT_PATH?: string | undefined;
  readonly TEMPORAL_TLS_CLIENT_CERT_PATH?: string | undefined;
  readonly TEMPORAL_TLS_CLIENT_KEY_PATH?: string | undefined;
}

/** The settings that name files, by what is in them. */
const settings = {
  authority: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  certificate: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
  key: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
} as const;

/** Reads whether and how TLS is spoken with Temporal. @returns also problems of keys and files that do not fit together */
export function temporalTlsOf(values: TlsValues): { readonly tls: boolean | TemporalTls; readonly problems: string[] } {
  const { TEMPORAL_TLS: text, TEMPORAL_API_KEY: apiKey } = values;
  const { files, problems } = tlsFiles(settings, { ...values });
  if (text === 'false' || text === '0') {
    if (apiKey !== undefined) {
      problems.push('TEMPORAL_TLS: must not be false together with TEMPORAL_API_KEY, which would travel unencrypted.');
    }
    const paths = Object.values(settings).filter((name) => values[name] !== undefined);
    if (paths.length > 0) {
      problems.push(`TEMPORAL_TLS: must not be false together with ${paths.join(', ')}, which would have no effect.`);
    }
    return { tls: false, problems };
  }
  const serverName = text === undefined || text === 'true' || text === '1' ? null : text;
  if (serverName !== null || files !== null) return { tls: { serverName, ...files }, problems };
  // An API key must not travel unencrypted.
  return { tls: text !== undefined || apiKey !== undefined, problems };
}
