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

/** How long one name server has for one answer, how often they are asked, and when it is over whatever they do. Milliseconds. */
const serverMs = 2_000;
const tries = 2;
const overallMs = 8_000;
/** The system's list of name servers is read anew after this long, in milliseconds. */
const serversMs = 30_000;
/** The system's own look-ups at a time: each one that hangs takes one of few threads. */
const mostBySystem = 2;

export interface LookupOptions {
  /** In place of the system's name servers: addresses, with ports where these are not 53. */
  readonly servers?: readonly string[];
  /** In place of the system's. */
  readonly hostsFile?: string;
}

/**
 * Looks names up as the system does, but without its threads: two names whose servers never answer would occupy all that
 * Node has for `getaddrinfo`, and every other name in the process would wait behind them.
 *
 * The hosts file comes first, then the name servers. Names without a dot, and those that the name servers do not know, are
 * left to the system's look-up, which has search domains and whatever else a machine is set up with; few of them at a time,
 * because those can hang.
 */
export function createLookup({ servers, hostsFile }: LookupOptions = {}): Lookup {
  const hosts = createHostsFile(hostsFile);
  let resolver: Resolver | null = null;
  let resolverSince = 0;
  let bySystem = 0;

  function current(): Resolver {
    if (resolver === null || performance.now() - resolverSince > serversMs) {
      resolver = new Resolver({ timeout: serverMs, tries });
      if (servers) resolver.setServers(servers);
      resolverSince = performance.now();
    }
    return resolver;
  }

  async function ofServers(hostname: string): Promise<readonly Resolved[]> {
    const asked = current();
    const families = await Promise.allSettled([asked.resolve4(hostname), asked.resolve6(hostname)]);
    const found = families.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
    if (found.length > 0) return found;
    // The first family's failure tells more: many names have no address of the second.
    throw families[0].status === 'rejected' ? families[0].reason : coded('ENODATA');
  }

  async function ofSystem(hostname: string, otherwise: unknown): Promise<readonly Resolved[]> {
    if (bySystem >= mostBySystem) throw otherwise;
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
    if (!hostname.includes('.')) return ofSystem(hostname, coded('EAGAIN'));
    try {
      return await within(overallMs, ofServers(hostname));
    } catch (error) {
      if (!unknownToServers.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return ofSystem(hostname, error);
    }
  };
}

/** No such name, no address of it, and no name server at all. */
const unknownToServers = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

const coded = (code: string) => Object.assign(new Error(`look-up: ${code}`), { code });

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(coded('ETIMEOUT')), milliseconds);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
