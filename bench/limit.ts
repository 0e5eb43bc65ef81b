import { createHmac } from 'node:crypto';
import { Pool } from 'undici';
import { eventData, typeOf } from './payload.ts';
import type { ReceiverProcess } from './receiverProcess.ts';

/** The upper limit: the same POSTs, signed, by a loop that does nothing else. Requests a second. */
export async function bareLimit(receiver: ReceiverProcess, requests: number, inFlight: number): Promise<number> {
  const pool = new Pool(receiver.url, { connections: inFlight, pipelining: 1 });
  await receiver.reset();
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < requests) {
        const index = next++;
        const body = JSON.stringify({
          type: typeOf(index),
          timestamp: new Date().toISOString(),
          data: eventData(index),
        });
        const signature = createHmac('sha256', 'secret').update(`msg_${index}.1700000000.${body}`).digest('base64');
        const { body: answer } = await pool.request({
          method: 'POST',
          path: `/hook/${index % 10}`,
          headers: { 'content-type': 'application/json', 'webhook-signature': `v1,${signature}` },
          body,
        });
        await answer.dump();
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await pool.close();
  return requests / seconds;
}
