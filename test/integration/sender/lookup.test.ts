import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLookup } from '../../../core/sender/lookup.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { type Names, startNameServer } from '../../support/nameServer.ts';
import { Receiver } from '../../support/receiver.ts';

describe('a name', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function lookingUp(names: Names, hosts = '') {
    const server = await startNameServer(names);
    const folder = await mkdtemp(join(tmpdir(), 'everhook hosts '));
    const hostsFile = join(folder, 'hosts');
    await writeFile(hostsFile, hosts);
    closing.push(server.close, () => rm(folder, { recursive: true }));
    return { server, hostsFile, lookup: createLookup({ servers: [server.address], hostsFile }) };
  }

  it('is asked of the name servers, and has every address that they give', async () => {
    const { lookup } = await lookingUp(() => ['192.0.2.7', '192.0.2.8']);
    expect(await lookup('receiver.example')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '192.0.2.8', family: 4 },
    ]);
  });

  it('is taken from the hosts file before any name server, in any case, as the file is now', async () => {
    const { lookup, hostsFile, server } = await lookingUp(
      () => ['192.0.2.7'],
      '# ours\n192.0.2.1 crane.example gate.example # both\n2001:db8::1\tcrane.example\n',
    );
    expect(await lookup('Crane.example')).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
    expect(server.asked).toEqual([]);
    await writeFile(hostsFile, '192.0.2.250 somebody.example\n');
    expect(await lookup('crane.example')).toEqual([{ address: '192.0.2.7', family: 4 }]);
  });

  it('that nobody knows is not found', async () => {
    const { lookup } = await lookingUp(() => []);
    await expect(lookup('nobody.invalid')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('whose servers never answer keeps no other name waiting', async () => {
    const { lookup } = await lookingUp((name) => (name.startsWith('dead') ? null : ['127.0.0.1']));
    const receiver = await new Receiver().listen();
    closing.push(() => receiver.close());
    const sender = createSender({
      allowHttp: true,
      allowedPrivateRanges: ['127.0.0.0/8'],
      userAgent: 'Everhook/test',
      lookup,
    });
    const request = (host: string) => ({
      url: `http://${host}:${new URL(receiver.url).port}/`,
      headers: {},
      body: Buffer.from('{}'),
      timeoutMs: 3_000,
    });
    const ended: string[] = [];
    const send = async (host: string) => {
      const { outcome } = await sender.send(request(host));
      ended.push(host);
      return outcome;
    };
    const dead = Array.from({ length: 20 }, (_, n) => send(`dead-${n}.example`));
    expect(await send('well.example')).toBe('RESPONDED');
    expect(ended).toEqual(['well.example']);
    expect(new Set(await Promise.all(dead))).toEqual(new Set(['TIMEOUT']));
    await sender.close();
  });
});
