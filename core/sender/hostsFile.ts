import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';

const systemPath =
  process.platform === 'win32'
    ? `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts';

/** Looks a name up in the system's hosts file, which is read again after each change. Without a file it finds nothing. */
export function createHostsFile(path = systemPath): (hostname: string) => Promise<readonly string[]> {
  let readAt = Number.NaN;
  let known: ReadonlyMap<string, readonly string[]> = new Map();
  return async (hostname) => {
    try {
      const { mtimeMs } = await stat(path);
      if (mtimeMs !== readAt) {
        known = parse(await readFile(path, 'utf8'));
        readAt = mtimeMs;
      }
    } catch {
      known = new Map();
      readAt = Number.NaN;
    }
    return known.get(hostname.toLowerCase()) ?? [];
  };
}

/** Each line is an address and its names (hosts(5)); # begins a comment. */
function parse(text: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      addresses.set(key, [...(addresses.get(key) ?? []), address]);
    }
  }
  return addresses;
}
