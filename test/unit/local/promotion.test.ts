import { describe, expect, it } from 'vitest';
import { promoteThisBuild } from '../../../start/promotion.ts';

describe('the promotion at a start', () => {
  it('says for how long it has tried, and why in vain, where Temporal is away', async () => {
    // Nothing listens there, and nobody is given this port by chance.
    const temporal = { address: '127.0.0.1:9', namespace: 'default', tls: false, apiKey: null, connectTimeoutMs: 50 };
    let promotion: ReturnType<typeof promoteThisBuild> | undefined;
    const told = await new Promise<string>((resolve) => {
      promotion = promoteThisBuild(temporal, { own: true, isOlder: async () => false, tellEveryMs: 200 }, resolve);
    });
    expect(told).toMatch(/^Workflows are not given to this build yet, after \d+ s: .*(connect|deadline)/i);
    promotion?.stop();
    await promotion?.done;
  });
});
