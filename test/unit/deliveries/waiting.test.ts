import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxWaiting, Waiting } from '../../../workflows/waiting.ts';

const id = fc.nat({ max: 30 }).map((n) => `d${String(n).padStart(2, '0')}`);
const dueAt = fc.integer({ min: 0, max: 100 });

const step = fc.oneof(
  fc.record({ kind: fc.constant('learn' as const), id, made: fc.nat({ max: 5 }), dueAt }),
  fc.record({ kind: fc.constant('take' as const), now: dueAt, most: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('end' as const), how: fc.constantFrom('again', 'keep', 'drop', 'end'), dueAt }),
  fc.record({ kind: fc.constant('dueNow' as const), id, now: dueAt }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

describe('a workflow’s list of waiting deliveries', () => {
  it('always has the next due time, gives out the earliest first, and never a delivery that is in flight', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const waiting = new Waiting();
        const inAir = new Map<string, number>();
        for (const each of steps) {
          if (each.kind === 'learn') waiting.learn([each.id, each.made, each.dueAt]);
          else if (each.kind === 'clear') waiting.clear();
          else if (each.kind === 'dueNow') waiting.dueNow(each.id, each.now);
          else if (each.kind === 'take') {
            const taken = waiting.take(each.now, each.most);
            const dues = taken.map(({ dueAt }) => dueAt);
            expect(dues).toEqual([...dues].sort((a, b) => a - b));
            for (const { id, made, dueAt } of taken) {
              expect(dueAt).toBeLessThanOrEqual(each.now);
              expect(inAir.has(id)).toBe(false);
              inAir.set(id, made);
            }
          } else {
            const [first] = inAir;
            if (!first) continue;
            inAir.delete(first[0]);
            if (each.how === 'end') {
              waiting.end(first[0]);
              waiting.again(first[0], first[1] + 1, each.dueAt);
              expect(waiting.get(first[0])).toBeUndefined();
            } else if (each.how === 'again') waiting.again(first[0], first[1] + 1, each.dueAt);
            else if (each.how === 'keep') waiting.keep(first[0]);
            else waiting.drop(first[0]);
          }
          const grounded = waiting.list(100, null).filter(({ id }) => !waiting.isInFlight(id));
          expect(waiting.nextDue()).toBe(grounded[0]?.dueAt ?? null);
          expect(waiting.inFlight).toBe(inAir.size);
        }
      }),
      {
        examples: [
          [
            [
              { kind: 'learn', id: 'd01', made: 1, dueAt: 5 },
              { kind: 'take', now: 5, most: 1 },
              { kind: 'dueNow', id: 'd01', now: 0 },
            ],
          ],
        ],
      },
    );
  });

  it('accepts a repeated failure once, and none that is older than its own record', () => {
    const waiting = new Waiting();
    expect(waiting.learn(['a', 1, 5_000])).toBe(true);
    expect(waiting.learn(['a', 1, 5_000])).toBe(false);
    waiting.take(5_000, 1);
    expect(waiting.learn(['a', 1, 5_000])).toBe(false);
    waiting.again('a', 2, 9_000);
    expect(waiting.learn(['a', 1, 5_000])).toBe(false);
    expect(waiting.get('a')).toEqual({ made: 2, dueAt: 9_000 });
    // A user had it retried at once, through its row.
    expect(waiting.learn(['a', 2, 6_000])).toBe(true);
    expect(waiting.nextDue()).toBe(6_000);
  });

  it('holds no more than 5,000, and remembers from which one on the rest are only rows', () => {
    const waiting = new Waiting();
    for (let n = 0; n < maxWaiting + 200; n++) waiting.learn([`d${n}`, 1, 10_000 + n]);
    expect(waiting.size).toBe(maxWaiting);
    expect(waiting.beyond).toEqual([10_000 + maxWaiting, `d${maxWaiting}`]);
    expect(waiting.wantsRows(0)).toBe(false);
    // A delivery that is due sooner makes room: the latest are left to the rows.
    waiting.forgetFrom([5_000, 'early']);
    expect(waiting.wantsRows(5_000)).toBe(true);
    const room = waiting.makeRoom();
    expect(room).toBeGreaterThanOrEqual(500);
    expect(waiting.size).toBe(maxWaiting - room);
    expect(waiting.readingRows()).toEqual([5_000, 'early']);
    expect(waiting.beyond).toBeNull();
  });

  it('reads rows once few are left, and not while plenty are due', () => {
    const waiting = new Waiting();
    for (let n = 0; n < maxWaiting; n++) waiting.learn([`d${n}`, 1, n]);
    waiting.forgetFrom([0, '']);
    expect(waiting.wantsRows(maxWaiting)).toBe(false);
    const taken = waiting.take(maxWaiting, maxWaiting / 2 + 1);
    for (const { id } of taken) waiting.drop(id);
    expect(waiting.wantsRows(maxWaiting)).toBe(true);
  });

  it('is listed in due order, a page at a time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (ids, first) => {
        const waiting = new Waiting(ids.map((each, index) => [each, 1, index % 5] as const));
        const shown: string[] = [];
        for (let after: string | null = null; ; ) {
          const page = waiting.list(first, after);
          shown.push(...page.map(({ id }) => id));
          if (page.length < first) break;
          after = page.at(-1)?.id ?? null;
        }
        expect(shown).toEqual(waiting.list(100, null).map(({ id }) => id));
        expect([...shown].sort()).toEqual([...ids].sort());
      }),
    );
  });
});
