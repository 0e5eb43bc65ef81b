import type { Attack } from './attack.ts';
import { callsTo, insist, readOnlyLink } from './calls.ts';

const atOnce = 30;
const aliases = 50;
const days = 399;
const dayMs = 86_400_000;

/** Long statistics, many in one query, through a read-only link. */
export const statistics: Attack = {
  title: `${atOnce} queries of ${aliases} statistics over ${days} days`,
  async prepare(target) {
    const calls = callsTo(target, atOnce);
    const link = await readOnlyLink(calls, target);
    const to = new Date(Math.floor(Date.now() / dayMs) * dayMs);
    const from = new Date(to.getTime() - days * dayMs);
    const field = `deliveryStats(bucket: DAY, from: "${from.toISOString()}", to: "${to.toISOString()}", projectId: "${target.projectId}") { total }`;
    const query = `{ ${Array.from({ length: aliases }, (_, index) => `s${index}: ${field}`).join(' ')} }`;
    return {
      run: (signal) => insist(atOnce, signal, () => calls.send(query, {}, link)),
      close: () => calls.close(),
    };
  },
};
