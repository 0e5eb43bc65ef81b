import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { InboundCommit, type InboundRow } from '../../../core/inbound/inboundCommit.ts';

it('while the database does not answer, one webhook’s requests leave room for another’s, which take turns with them', async () => {
  const batches: string[][] = [];
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const pool = {
    async query({ values: [webhooks, , , deliveries] }: { values: [string[], unknown, unknown, string[]] }) {
      batches.push(webhooks);
      await answered;
      return { rows: deliveries.map((id) => ({ delivery_id: id, outcome: 'ACCEPTED' })) };
    },
  };
  const commits = new InboundCommit(pool as unknown as Pool);
  const stored: Promise<unknown>[] = [];
  const store = (webhookId: string) => {
    const row = { webhookId, deliveryId: String(stored.length) } as InboundRow;
    stored.push(commits.store(row));
  };
  const fill = () => {
    for (let count = 0; count <= 10_000; count++) store('hostile');
  };
  expect(fill).toThrow('More requests come in than can be stored now.');
  store('innocent');
  answer();
  expect(new Set(await Promise.all(stored))).toEqual(new Set(['ACCEPTED']));
  expect(batches.findIndex((webhooks) => webhooks.includes('innocent'))).toBeLessThan(2);
});
