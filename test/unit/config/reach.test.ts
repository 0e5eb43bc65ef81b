import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/composition/config.ts';
import { reachableDatabase, throughOutages, untilReached } from '../../../core/composition/reach.ts';
import { reachableTemporal } from '../../../workflows/client/reachTemporal.ts';

let silent: Server;
let port: number;

beforeEach(async () => {
  silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  ({ port } = silent.address() as { port: number });
});
afterEach(() => {
  silent.close();
});

const temporal = (address: string) => ({ address, namespace: 'default', tls: false, apiKey: null });

describe('a part that the environment names', () => {
  it.each([
    ['DATABASE_URL: PostgreSQL at', () => reachableDatabase(`postgresql://me:hidden-password@127.0.0.1:${port}/it`)],
    ['TEMPORAL_ADDRESS: Temporal at', () => reachableTemporal(temporal(`127.0.0.1:${port}`))],
  ])(
    'is told within ten seconds where something listens that never answers: %s',
    async (name, part) => {
      const stopping = new AbortController();
      const beganAt = performance.now();
      const told = await new Promise<string>((resolve) => {
        untilReached(part(), resolve, stopping.signal).catch(() => {});
      });
      expect(performance.now() - beganAt).toBeLessThan(10_000);
      expect(told.startsWith(`${name} 127.0.0.1:${port} cannot be reached: `)).toBe(true);
      expect(told).not.toContain('hidden-password');
      stopping.abort();
    },
    20_000,
  );

  it('is named with its port where the URL has none, and its name where that cannot be found', async () => {
    const told: string[] = [];
    const stopping = new AbortController();
    const tell = (line: string) => {
      told.push(line);
      stopping.abort(new Error('enough'));
    };
    const part = reachableDatabase('postgresql://me@no-such-host.invalid/it');
    await expect(untilReached(part, tell, stopping.signal)).rejects.toThrow('enough');
    expect(told[0]).toMatch(/^DATABASE_URL: PostgreSQL at no-such-host\.invalid:5432 cannot be reached: .+/);
  });

  it('is told of once while it is away and once when it answers, and the wait ends', async () => {
    const told: string[] = [];
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('not yet');
    };
    await untilReached({ name: 'It', attempt }, (line) => told.push(line));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^It cannot be reached: not yet\. Trying again/);
    expect(told[1]).toMatch(/^It answers, after \d+ s$/);
  }, 20_000);

  it('is not waited for where it says itself that it never will serve', async () => {
    const attempt = () => Promise.reject(new ConfigError(['IT: is wrong']));
    await expect(untilReached({ name: 'It', attempt }, () => {})).rejects.toThrow('IT: is wrong');
  });
});

describe('a step of a start', () => {
  it('is done again where an outage broke it off, which is told, and gives its result', async () => {
    const told: string[] = [];
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      if (attempts === 1) {
        const cause = { code: 14, details: 'Not enough hosts to serve the request' };
        throw Object.assign(new Error('Failed to create schedule'), { cause });
      }
      return 'done';
    };
    expect(await throughOutages({ name: 'It' }, work, (line) => told.push(line))).toBe('done');
    expect(told[0]).toMatch(/^It is away again: Failed to create schedule \(gRPC UNAVAILABLE\)\. Trying again/);
    expect(told[1]).toMatch(/^It serves, after \d+ s$/);
    expect(told).toHaveLength(2);
  });

  it('fails at once where something else is wrong', async () => {
    const work = () => Promise.reject(new Error('relation "api_key" does not exist'));
    await expect(throughOutages({ name: 'It' }, work, () => {})).rejects.toThrow('does not exist');
  });
});
