import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** TLS to Temporal with more than the system's own certificates and the address's own name. All files are PEM. */
export interface TemporalTls {
  /** The name that the server's certificate must have; null for the address's. */
  readonly serverName: string | null;
  /** Certificates that the server's is verified with, instead of the system's. */
  readonly authority?: Buffer;
  /** What this client proves its identity with. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
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

type TlsFiles = Pick<TemporalTls, 'authority' | 'client'>;

/**
 * Reads the files, and finds those that cannot work. A certificate that has expired is no problem here: the API serves without
 * Temporal, and whoever connects says what is wrong.
 *
 * @returns null if no file is named; and a line for each problem
 */
function tlsFiles(values: TlsValues): { readonly files: TlsFiles | null; readonly problems: string[] } {
  const problems: string[] = [];
  const read = <T>(what: keyof typeof settings, parse: (content: Buffer) => T, expected: string) => {
    const name = settings[what];
    const path = values[name];
    if (path === undefined) return null;
    try {
      const content = readFileSync(path);
      return { content, parsed: parse(content) };
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // OpenSSL's codes say nothing to anybody.
      const why = /^E[A-Z]+$/.test(code) ? `cannot be read (${code})` : `holds no ${expected}`;
      problems.push(`${name}: the file ${why}.`);
      return null;
    }
  };
  const authority = read('authority', (content) => new X509Certificate(content), 'certificate in PEM format');
  const certificate = read('certificate', (content) => new X509Certificate(content), 'certificate in PEM format');
  const key = read(
    'key',
    (content): KeyObject => createPrivateKey(content),
    'private key in PEM format without a passphrase',
  );
  for (const [one, other] of [
    ['certificate', 'key'],
    ['key', 'certificate'],
  ] as const) {
    if (values[settings[one]] !== undefined && values[settings[other]] === undefined) {
      problems.push(`${settings[other]}: is missing. ${settings[one]} requires it.`);
    }
  }
  if (certificate && key && !certificate.parsed.checkPrivateKey(key.parsed)) {
    problems.push(`${settings.key}: is not the key of the certificate in ${settings.certificate}.`);
  }
  const client = certificate && key ? { client: { certificate: certificate.content, key: key.content } } : {};
  const files = { ...(authority ? { authority: authority.content } : {}), ...client };
  return { files: Object.keys(files).length > 0 ? files : null, problems };
}

/** Reads whether and how TLS is spoken with Temporal. @returns also problems of keys and files that do not fit together */
export function temporalTlsOf(values: TlsValues): { readonly tls: boolean | TemporalTls; readonly problems: string[] } {
  const { TEMPORAL_TLS: text, TEMPORAL_API_KEY: apiKey } = values;
  const { files, problems } = tlsFiles(values);
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
