import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What TLS to a server is spoken with, beside the usual. All files are PEM. */
export interface TlsFiles {
  /** Certificates that the server's is verified with, instead of the system's. */
  readonly authority?: Buffer;
  /** What this client proves its identity with. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
}

/**
 * Reads the files, and finds those that cannot work. A certificate that has expired is no problem here: whoever connects says what is
 * wrong.
 *
 * @param settings - the names of the settings that name files
 * @returns null if no file is named; and a line for each problem
 */
export function tlsFiles(
  settings: Readonly<Record<'authority' | 'certificate' | 'key', string>>,
  values: Readonly<Record<string, unknown>>,
): { readonly files: TlsFiles | null; readonly problems: string[] } {
  const problems: string[] = [];
  const read = <T>(what: keyof typeof settings, parse: (content: Buffer) => T, expected: string) => {
    const name = settings[what];
    const path = values[name];
    if (typeof path !== 'string') return null;
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
