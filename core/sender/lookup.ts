import { Resolver, lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { createHostsFile } from './hostsFile.ts';

/** An address that a name resolved to. */
export interface Resolved {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order in which they are to be tried. */
export type Lookup = (hostname: string) => Promise<readonly Resolved[]>;

/** The time for one answer of one name server, how often they are asked, and the time for the whole look-up. Milliseconds. */
const serverTimeoutMs = 2_000;
const tries = 2;
const timeoutMs = 8_000;
/** The system's list of name servers is read again after this time, in milliseconds. */
const serverListMaxAgeMs = 30_000;
/** Concurrent look-ups by the system: each one that hangs occupies one of few threads. */
const maxBySystem = 2;

export interface LookupOptions {
  /** Replaces the system's name servers: addresses, with a port unless it is 53. */
  readonly servers?: readonly string[];
  /** Path. Replaces the system's hosts file. */
  readonly hostsFile?: string;
}

/**
 * Looks names up as the system does, but without its threads: two names whose servers never answer would occupy all the threads
 * that Node has for `getaddrinfo`, and every other name in the process would wait behind them.
 *
 * The hosts file comes first, then the name servers. Names without a dot, and names that the name servers do not know, go to
 * the system's look-up, which has search domains and all else that a machine is set up with. Few of those run at a time,
 * because they can hang.
 */
export function createLookup({ servers, hostsFile }: LookupOptions = {}): Lookup {
  const hosts = createHostsFile(hostsFile);
  let resolver: Resolver | null = null;
  let resolverSince = 0;
  let bySystem = 0;

  function currentResolver(): Resolver {
    if (resolver === null || performance.now() - resolverSince > serverListMaxAgeMs) {
      resolver = new Resolver({ timeout: serverTimeoutMs, tries });
      if (servers) resolver.setServers(servers);
      resolverSince = performance.now();
    }
    return resolver;
  }

  async function askServers(hostname: string): Promise<readonly Resolved[]> {
    const active = currentResolver();
    const families = await Promise.allSettled([active.resolve4(hostname), active.resolve6(hostname)]);
    const found = families.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
    if (found.length > 0) return found;
    // The first family's failure is the more useful one: many names have no address of the second.
    throw families[0].status === 'rejected' ? families[0].reason : errorWithCode('ENODATA');
  }

  async function askSystem(hostname: string, failure: unknown): Promise<readonly Resolved[]> {
    if (bySystem >= maxBySystem) throw failure;
    bySystem++;
    try {
      return await systemLookup(hostname, { all: true });
    } finally {
      bySystem--;
    }
  }

  return async (hostname) => {
    const listed = await hosts(hostname);
    if (listed.length > 0) return listed.map((address) => ({ address, family: isIP(address) }));
    if (!hostname.includes('.')) return askSystem(hostname, errorWithCode('EAGAIN'));
    try {
      return await withTimeout(timeoutMs, askServers(hostname));
    } catch (error) {
      if (!unknownNameCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return askSystem(hostname, error);
    }
  };
}

/** No such name, no address for it, or no name server at all. */
const unknownNameCodes = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

const errorWithCode = (code: string) => Object.assign(new Error(`look-up: ${code}`), { code });

async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(errorWithCode('ETIMEOUT')), milliseconds);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
