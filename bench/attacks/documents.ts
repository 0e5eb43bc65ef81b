import type { Attack } from './attack.ts';
import { callsTo, insist } from './calls.ts';

const atOnce = 20;
/** Unknown fields, each of which needs a suggestion: 3,980 tokens. */
const fields = 1_326;

/** Invalid documents, each different, so that no refusal is cached. */
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
