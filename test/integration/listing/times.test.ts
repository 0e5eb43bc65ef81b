import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/index.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { atTime } from '../../support/atTime.ts';
import { Receiver } from '../../support/receiver.ts';

const hour = 3_600_000;

describe('a list by time', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let everhook: Everhook;
  let receiver: Receiver;

  beforeAll(async () => {
    api = await TestApi.start();
    receiver = await new Receiver(() => 204).listen();
    tenant = await api.tenant();
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    await api.eventType(tenant, 'crane.moved');
    // Two deliveries of each event, created in the same millisecond.
    for (const name of ['one', 'two']) await api.webhook(tenant, { name, url: receiver.url });
  });
  afterAll(async () => {
    await receiver?.close();
    await api?.close();
  });

  const publish = async (count: number) => {
    const events = Array.from({ length: count }, (_, n) => ({ type: 'crane.moved', data: { n } }));
    await everhook.events.publishMany(events, { projectId: tenant.projectId });
  };
  type Row = { readonly id: string; readonly createdAt: string };
  async function listed(of: 'deliveries' | 'events', range: { from?: string; to?: string } = {}): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const { id, createdAt } of everhook[of].list(range)) rows.push({ id, createdAt });
    return rows;
  }
  const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id);

  /** Whatever the boundary, each row is before it or not, and which of the two its own time says. */
  async function splitsAt(of: 'deliveries' | 'events', boundary: string, whole: readonly Row[]): Promise<void> {
    const at = Date.parse(boundary);
    const since = idsOf(whole.filter(({ createdAt }) => Date.parse(createdAt) >= at));
    const until = idsOf(whole.filter(({ createdAt }) => Date.parse(createdAt) < at));
    const later = new Set(idsOf(await listed(of, { from: boundary })));
    const earlier = new Set(idsOf(await listed(of, { to: boundary })));
    expect(since.filter((id) => !later.has(id) || earlier.has(id))).toEqual([]);
    expect(until.filter((id) => !earlier.has(id) || later.has(id))).toEqual([]);
  }

  it('has every row at whatever boundary, while others are published', async () => {
    await publish(10);
    let going = true;
    const publishing = Promise.all(
      // So many that there are pages to list, and no more, however slow the lists are.
      [1, 2, 3].map(async () => {
        for (let n = 0; n < 25 && going; n++) await publish(1);
      }),
    );
    try {
      for (let round = 0; round < 4; round++) {
        for (const of of ['deliveries', 'events'] as const) {
          // Newest first: what is published meanwhile stands before these.
          const whole = (await listed(of)).slice(0, 60);
          const boundaries = [0, 7, whole.length - 1].map((place) => whole[place]?.createdAt ?? '');
          await Promise.all(boundaries.map((boundary) => splitsAt(of, boundary, whole)));
        }
      }
    } finally {
      going = false;
      await publishing;
    }
  });

  it('has every row though the clock was ahead for a while, and was set right', async () => {
    // Ids that the process makes take their time from the clock, as rows do.
    await atTime(Date.now() + hour, () => publish(1));
    await publish(3);
    for (const of of ['deliveries', 'events'] as const) {
      // Newest first: what was made meanwhile stands before the rest.
      const right = (await listed(of)).slice(of === 'deliveries' ? 2 : 1).slice(0, 10);
      for (const { createdAt } of right) await splitsAt(of, createdAt, right);
    }
  });
});
