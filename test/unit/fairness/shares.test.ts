import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { Turns } from '../../../core/fairness/turns.ts';

const holders = ['a', 'b', 'c', 'd'];
const anyTotal = fc.integer({ min: 1, max: 300 });
const anyAsks = fc.array(fc.tuple(fc.constantFrom(...holders), fc.boolean()), { maxLength: 600 });

describe('shares that cannot be taken back', () => {
  it('give a single holder three quarters, and the next one three quarters of the rest', () => {
    const shares = new Shares(256);
    for (const [holder, most] of [
      ['first', 192],
      ['second', 48],
      ['third', 12],
    ] as const) {
      while (shares.admits(holder)) shares.take(holder);
      expect(shares.held(holder)).toBe(most);
    }
  });

  it('admit a holder that has nothing as long as anything is free, and never give more than there is', () => {
    fc.assert(
      fc.property(anyTotal, anyAsks, (total, asks) => {
        const shares = new Shares(total);
        for (const [holder, takes] of asks) {
          if (takes) {
            if (shares.free > 0 && shares.held(holder) === 0) expect(shares.admits(holder)).toBe(true);
            if (shares.admits(holder)) shares.take(holder);
          } else if (shares.held(holder) > 0) shares.release(holder);
          const held = holders.reduce((sum, each) => sum + shares.held(each), 0);
          expect(shares.free).toBe(total - held);
          expect(shares.free).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('leave a newcomer something, however much one holder asks for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 10_000 }), (total) => {
        const shares = new Shares(total);
        while (shares.admits('greedy')) shares.take('greedy');
        expect(shares.admits('newcomer')).toBe(true);
        expect(shares.held('greedy')).toBeGreaterThanOrEqual(Math.floor((total * 3) / 4));
      }),
    );
  });

  it('admit several at once exactly when each would be admitted after the other', () => {
    fc.assert(
      fc.property(anyTotal, fc.nat(300), fc.nat(300), fc.integer({ min: 1, max: 300 }), (total, own, others, count) => {
        const [whole, single] = [new Shares(total), new Shares(total)];
        for (const shares of [whole, single]) {
          shares.take('a', own);
          shares.take('b', others);
        }
        let admitted = 0;
        for (; admitted < count && single.admits('a'); admitted++) single.take('a');
        expect(whole.admits('a', count)).toBe(admitted === count);
      }),
    );
  });
});

describe('turns', () => {
  it('keep each holder’s order, lose nothing, and give no holder two before every waiting one has one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...holders), fc.nat(3)), { maxLength: 200 }), (steps) => {
        const turns = new Turns<{ holder: string; nth: number }>();
        const added = new Map<string, number>();
        const taken = new Map<string, number>();
        /** How often other holders were served while each one waited. */
        const passed = new Map<string, Map<string, number>>();
        const take = () => {
          const item = turns.take();
          if (!item) return false;
          expect(item.nth).toBe(taken.get(item.holder) ?? 0);
          taken.set(item.holder, item.nth + 1);
          passed.delete(item.holder);
          for (const holder of holders) {
            if ((added.get(holder) ?? 0) === (taken.get(holder) ?? 0) || holder === item.holder) continue;
            const times = passed.get(holder) ?? new Map<string, number>();
            times.set(item.holder, (times.get(item.holder) ?? 0) + 1);
            expect(times.get(item.holder)).toBeLessThanOrEqual(1);
            passed.set(holder, times);
          }
          return true;
        };
        for (const [holder, takes] of steps) {
          const nth = added.get(holder) ?? 0;
          turns.add(holder, { holder, nth });
          added.set(holder, nth + 1);
          for (let count = 0; count < takes; count++) take();
        }
        while (take());
        expect(turns.size).toBe(0);
        expect(taken).toEqual(added);
      }),
    );
  });

  it('pass over a holder that may not go now, and keep its turn', () => {
    const turns = new Turns<number>();
    turns.add('a', 1);
    turns.add('b', 2);
    turns.add('b', 3);
    expect(turns.take((holder) => holder !== 'a')).toBe(2);
    expect(turns.take(() => false)).toBeUndefined();
    expect([turns.take(), turns.take()]).toEqual([1, 3]);
  });
});

describe('the gate of a process', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('admits an organization beside one that holds its full share and releases nothing', async () => {
    const gate = new Gate(8);
    let entered = 0;
    for (let index = 0; index < 20; index++) void gate.enter('greedy').then(() => entered++);
    await settled();
    expect(entered).toBe(6);
    const leave = await gate.enter('innocent');
    leave();
    await (await gate.enter('innocent'))();
    await settled();
    expect(entered).toBe(6);
  });

  it('leaves no place free that a waiting caller may have, whatever the order of calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), anyAsks, async (most, asks) => {
        const gate = new Gate(most);
        const inside: { holder: string; leave: () => void }[] = [];
        const waiting = new Map<string, number>();
        let peak = 0;
        for (const [holder, enters] of asks) {
          if (enters) {
            waiting.set(holder, (waiting.get(holder) ?? 0) + 1);
            void gate.enter(holder).then((leave) => {
              waiting.set(holder, (waiting.get(holder) ?? 0) - 1);
              inside.push({ holder, leave });
              peak = Math.max(peak, inside.length);
            });
          } else inside.shift()?.leave();
          await Promise.resolve().then(() => {});
          const shares = new Shares(most);
          for (const each of inside) shares.take(each.holder);
          for (const [each, count] of waiting) if (count > 0) expect(shares.admits(each)).toBe(false);
        }
        expect(peak).toBeLessThanOrEqual(most);
      }),
      { numRuns: 50 },
    );
  });
});
