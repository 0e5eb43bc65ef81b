import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedTurns } from '../../../core/fairness/keyedTurns.ts';

describe('turns by key', () => {
  it('run one at a time for each key, in the order in which they came, also after one that failed', async () => {
    const pieces = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), ticks: fc.nat(5), fails: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        const turns = new KeyedTurns();
        const running = new Set<string>();
        const ended: string[] = [];
        const results = await Promise.allSettled(
          all.map(({ key, ticks, fails }, index) =>
            turns.run(key, async () => {
              expect(running).not.toContain(key);
              running.add(key);
              for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
              running.delete(key);
              ended.push(`${key}${index}`);
              if (fails) throw new Error(`${index}`);
              return index;
            }),
          ),
        );
        results.forEach((result, index) => {
          if (all[index]?.fails) expect(result).toMatchObject({ reason: { message: `${index}` } });
          else expect(result).toEqual({ status: 'fulfilled', value: index });
        });
        for (const key of ['a', 'b', 'c']) {
          const came = all.flatMap((piece, index) => (piece.key === key ? [`${key}${index}`] : []));
          expect(ended.filter((each) => each.startsWith(key))).toEqual(came);
        }
      }),
    );
  });

  it('of one key do not wait for those of another', async () => {
    const turns = new KeyedTurns();
    let end = () => {};
    const long = turns.run(
      'a',
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    expect(await turns.run('b', async () => 'done')).toBe('done');
    end();
    await long;
  });
});
