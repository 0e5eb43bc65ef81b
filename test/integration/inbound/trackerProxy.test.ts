import { afterEach, describe, expect, it } from 'vitest';
import { Egress } from '../../../core/sender/egress.ts';
import { forwardProxy } from '../../support/forwardProxy.ts';
import { trackerCases } from '../../trackers/cases.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe.each(trackerCases)('calls to $name', (tracked) => {
  it('leave by the installation’s proxy; while it is away the tracker is not to blame', async () => {
    const proxy = await forwardProxy();
    open.push(proxy);
    const egress = new Egress(
      { proxy: proxy.address, addresses: [], certificates: [] },
      { failed() {}, reopened() {} },
    );
    const { fake, tracker, put } = await tracked.start({ egress });
    put('Berth 4');
    const client = await tracker();
    expect(await client.fetch(tracked.locator, tracked.externalId)).toMatchObject({ title: 'Berth 4' });
    expect(new Set(proxy.asked.map(({ authority }) => authority))).toEqual(new Set([new URL(fake.baseUrl).host]));

    await proxy.close();
    const ofInstallation = { outcome: 'EGRESS_ERROR', retryAfterMs: expect.any(Number) };
    await expect((await tracker()).fetch(tracked.locator, tracked.externalId)).rejects.toMatchObject(ofInstallation);
    await expect((await tracker()).check()).rejects.toMatchObject(ofInstallation);
  });
});
