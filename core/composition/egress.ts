import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { Agent, type RequestInit, fetch as undiciFetch } from 'undici';
import { Egress } from '../sender/egress.ts';
import { type Config, ConfigError } from './config.ts';
import type { Metrics } from './metrics.ts';

/** Failures of the way out are logged this often at most. Milliseconds. */
const logEveryMs = 60_000;

const pemPattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws ConfigError if the file cannot be read or has no valid certificate */
function certificatesIn(path: string): readonly string[] {
  const invalid = (what: string) => new ConfigError([`EVERHOOK_CA_FILE: ${what}.`]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`cannot be read (${(error as NodeJS.ErrnoException).code}): name a file of PEM certificates`);
  }
  const found = text.match(pemPattern) ?? [];
  if (found.length === 0) throw invalid('has no certificate: it must begin with -----BEGIN CERTIFICATE-----');
  for (const [index, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch {
      throw invalid(`has a certificate that is broken, number ${index + 1} of ${found.length}`);
    }
  }
  return found;
}

/**
 * The way out of this process, for receivers and trackers.
 *
 * @returns null if nothing is set for it
 * @throws ConfigError
 */
export function openEgress(
  { proxy, addresses, certificates }: Config['outbound'],
  log: Logger,
  metrics: Pick<Metrics, 'egressFailed' | 'gauge'>,
): Egress | null {
  if (proxy === null && addresses.length === 0 && certificates === null) return null;
  let loggedAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  const settings = { proxy, addresses, certificates: certificates === null ? [] : certificatesIn(certificates) };
  const egress = new Egress(settings, {
    failed(cause, detail) {
      metrics.egressFailed(cause);
      unlogged++;
      if (performance.now() - loggedAt < logEveryMs) return;
      log.warn(
        { cause, detail, failures: unlogged },
        'the installation cannot send: deliveries wait, and no attempt of theirs is used up. See docs/run/egress.md',
      );
      loggedAt = performance.now();
      unlogged = 0;
    },
    reopened(afterMs) {
      loggedAt = Number.NEGATIVE_INFINITY;
      log.info({ afterMs: Math.round(afterMs) }, 'the installation can send again');
    },
  });
  metrics.gauge(
    'everhook_egress_blocked',
    '1 while nothing can be sent, because the proxy or the own address of the installation does not work.',
    () => (egress.isBlocked ? 1 : 0),
  );
  return egress;
}

/**
 * For addresses of the operator's own, such as the identity provider's: directly, and with the installation's certificates.
 *
 * @returns undefined if there are none: the platform's own does
 */
export function fetchTrusting(egress: Egress | null): typeof fetch | undefined {
  if (!egress?.secureContext) return undefined;
  const dispatcher = new Agent({ connect: { secureContext: egress.secureContext } });
  return ((url: string, init: RequestInit) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
