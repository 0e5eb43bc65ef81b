import { Pool } from 'undici';
import { countStatus } from './answers.ts';
import type { Attack } from './attack.ts';
import { callsTo, createType, insist } from './calls.ts';

const atOnce = 64;
const eventsACall = 100;

/** Lists of events over REST: every other call has one key for all its events, the rest have a key for each. Keys are kept for a day. */
export const restPublishing: Attack = {
  title: `${atOnce} calls at once of POST /v1/events with ${eventsACall} keyed events`,
  async prepare(target) {
    const { projectId, key, url } = target;
    const api = callsTo(target, 1);
    await api.ask(createType, { input: { projectId, name: 'rest.flood', schema: {} } });
    await api.close();
    const pool = new Pool(url, { connections: atOnce, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 });
    let sent = 0;
    return {
      run: (signal) =>
        insist(atOnce, signal, async () => {
          const nth = sent++;
          const isKeyedAsOne = nth % 2 === 0;
          const events = Array.from({ length: eventsACall }, (_, n) => ({
            type: 'rest.flood',
            data: { nth, n },
            labels: { customer: `c_${n}` },
            ...(isKeyedAsOne ? {} : { idempotencyKey: `${nth}-${n}` }),
          }));
          const { body, statusCode } = await pool.request({
            method: 'POST',
            path: `/v1/events?projectId=${projectId}`,
            headers: {
              'content-type': 'application/json',
              authorization: `Bearer ${key}`,
              ...(isKeyedAsOne ? { 'idempotency-key': `flood-${nth}` } : {}),
            },
            body: JSON.stringify(events),
          });
          await body.text();
          countStatus(statusCode);
        }),
      close: () => pool.destroy(),
    };
  },
};
