import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, ConfigError, loadConfig } from '../../../core/composition/config.ts';
import { fetchTrusting, openEgress } from '../../../core/composition/egress.ts';
import { createMetrics } from '../../../core/composition/metrics.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { authority, tlsReceiver } from './receivers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress '));
});
afterAll(() => rm(folder, { recursive: true }));

const file = async (name: string, content: string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

function opened(env: NodeJS.ProcessEnv) {
  const { outbound }: Config = loadConfig(env);
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const metrics = createMetrics();
  return { egress: openEgress(outbound, log, metrics), logged, metrics };
}

describe('the way out of an installation', () => {
  it('costs nothing where nothing is set: there is none', async () => {
    const { egress, metrics } = opened({});
    expect(egress).toBeNull();
    expect(await metrics.registry.metrics()).not.toContain('everhook_egress_blocked');
  });

  it('trusts the certificates of EVERHOOK_CA_FILE for the identity provider’s key set too', async () => {
    const server = await tlsReceiver('trusted', (_, response) => response.end('{"keys":[]}'));
    try {
      const { egress } = opened({ EVERHOOK_CA_FILE: await file('ca.pem', `# ours\n${authority}\n`) });
      const trusting = fetchTrusting(egress) as typeof fetch;
      const url = `https://127.0.0.1:${server.port}/`;
      expect(await (await trusting(url)).json()).toEqual({ keys: [] });
      await expect(fetch(url)).rejects.toThrow();
    } finally {
      await server.close();
    }
  });

  it('ends the start if EVERHOOK_CA_FILE cannot be used, and says why', async () => {
    const broken = authority.replace(/MII./, 'AAAA');
    const cases: [path: string, expected: RegExp][] = [
      [join(folder, 'none.pem'), /^EVERHOOK_CA_FILE: cannot be read \(ENOENT\)/],
      [await file('empty.pem', 'no certificate'), /^EVERHOOK_CA_FILE: has no certificate/],
      [await file('broken.pem', `${authority}\n${broken}`), /^EVERHOOK_CA_FILE: .*broken, number 2 of 2/],
    ];
    for (const [path, expected] of cases) {
      try {
        opened({ EVERHOOK_CA_FILE: path });
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as ConfigError).problems).toEqual([expect.stringMatching(expected)]);
      }
    }
  });

  it('counts its failures, logs them once a minute, and shows nothing of its credentials', async () => {
    const { egress, logged, metrics } = opened({ EVERHOOK_PROXY_URL: 'http://me:hidden-pass@127.0.0.1:9' });
    const exemptions = { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] };
    const sender = createSender({ ...exemptions, userAgent: 'Everhook/test', egress });
    for (let i = 0; i < 3; i++) {
      const request = { url: 'http://127.0.0.1:1/', headers: {}, body: Buffer.from(''), timeoutMs: 5_000 };
      const { retryAfterMs } = await sender.send(request);
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs ?? 0));
    }
    await sender.close();
    const text = await metrics.registry.metrics();
    expect(text).toContain('everhook_egress_failures_total{cause="proxy_unreachable"} 3');
    expect(text).toContain('everhook_egress_blocked 1');
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ cause: 'proxy_unreachable', detail: 'ECONNREFUSED', failures: 1 });
    expect(JSON.stringify(logged) + text).not.toMatch(/hidden-pass|bWU6aGlkZGVu/);
  });
});
