import type { Attack } from './attack.ts';
import { callsTo, createType, insist, publishEvents } from './calls.ts';

const atOnce = 20;
/** Long enough that a backtracking matcher takes seconds. */
const almost = `${'a'.repeat(40)}!`;

/** A schema of 63 KB, nearly all of it references. */
function references(): object {
  const properties: Record<string, object> = {};
  for (let index = 0; index < 1_500; index++) properties[`property${index}`] = { $ref: '#/$defs/name' };
  return { type: 'object', $defs: { name: { type: 'string', maxLength: 80 } }, properties };
}

/** Schemas that are expensive to run, and schemas that are expensive to compile. */
export const patterns: Attack = {
  title: `${atOnce} publishers under ^(a+)+$, ${atOnce} who create large schemas`,
  async prepare(target) {
    const { projectId } = target;
    const calls = callsTo(target, 2 * atOnce);
    const schema = { type: 'object', properties: { x: { type: 'string', pattern: '^(a+)+$' } } };
    // If the pattern is refused, what follows is refused as well: that is a defence.
    await calls.send(createType, { input: { projectId, name: 'slow.pattern', schema } });
    const large = references();
    let made = 0;
    return {
      async run(signal) {
        await Promise.all([
          insist(atOnce, signal, () =>
            calls.send(publishEvents, {
              input: { projectId, events: [{ type: 'slow.pattern', data: { x: almost } }] },
            }),
          ),
          insist(atOnce, signal, () =>
            calls.send(createType, { input: { projectId, name: `large.schema_${made++}`, schema: large } }),
          ),
        ]);
      },
      close: () => calls.close(),
    };
  },
};
