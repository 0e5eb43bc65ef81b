import type { Attack } from './attack.ts';
import { callsTo, insist } from './calls.ts';

const atOnce = 20;
/** Fields that are not there, each to be told apart from those that are: 3,980 tokens. */
const fields = 1_326;

/** Documents that are refused, each another, so that no answer is remembered. */
export const documents: Attack = {
  title: `${atOnce} invalid documents of 3,980 tokens at once`,
  async prepare(target) {
    const calls = callsTo(target, atOnce);
    let sent = 0;
    return {
      async run(signal) {
        await insist(atOnce, signal, () => {
          const nth = sent++;
          const names = Array.from({ length: fields }, (_, index) => `a${index}:deliverie${nth}x${index}`);
          return calls.send(`{${names.join(' ')}}`);
        });
      },
      close: () => calls.close(),
    };
  },
};
