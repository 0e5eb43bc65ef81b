import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts, onFreePorts, PortTaken } from '../../../core/ground/freePorts.ts';

const servers: Server[] = [];
const listen = (port: number) =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTaken(error.message) : error),
    );
    server.listen(port, '127.0.0.1', () => {
      servers.push(server);
      resolve(port);
    });
  });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('a start on free ports', () => {
  it('takes the ports that are wanted where they are free, and others where not', async () => {
    const [first, second] = (await freePorts([0, 0])) as [number, number];
    expect(await freePorts([first, second])).toEqual([first, second]);
    await listen(first);
    const found = await freePorts([first, second]);
    expect(found[0]).not.toBe(first);
    expect(found[1]).toBe(second);
  });

  it('begins again on another port where a program takes the first one before it listens', async () => {
    const tried: number[] = [];
    const got = await onFreePorts([0], async ([port = 0]) => {
      if (tried.push(port) < 3) await listen(port);
      return listen(port);
    });
    expect(new Set(tried).size).toBe(3);
    expect(got).toBe(tried[2]);
  });

  it('ends with the reason where that happens again and again, and at once for any other', async () => {
    let tries = 0;
    const always = onFreePorts([0], async ([port = 0]) => {
      tries++;
      await listen(port);
      return listen(port);
    });
    await expect(always).rejects.toThrow('EADDRINUSE');
    expect(tries).toBe(4);
    await expect(onFreePorts([0], () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  });
});
