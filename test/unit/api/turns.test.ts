import { describe, expect, it, vi } from 'vitest';
import { DocumentCache } from '../../../server/http/documentCache.ts';
import { RestingTurns } from '../../../server/http/restingTurns.ts';

describe('turns', () => {
  it('are taken one at a time, tenant by tenant, however many one of them asks for', async () => {
    const turns = new RestingTurns();
    const done: string[] = [];
    let atOnce = 0;
    const work = (name: string) => async () => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise(setImmediate);
      atOnce -= 1;
      done.push(name);
    };
    const asked = [
      ...Array.from({ length: 5 }, (_, n) => turns.take('busy', work(`busy ${n}`))),
      turns.take('other', work('other')),
      turns.take('third', work('third')),
    ];
    await Promise.all(asked);
    expect(done).toEqual(['busy 0', 'busy 1', 'other', 'third', 'busy 2', 'busy 3', 'busy 4']);
  });

  it('leave the thread to others for twice as long as they took', async () => {
    const turns = new RestingTurns();
    const spent = (ms: number) => {
      const until = performance.now() + ms;
      while (performance.now() < until);
      return performance.now();
    };
    let began = 0;
    const [ended] = await Promise.all([
      turns.take('a', () => spent(30)),
      turns.take('b', () => {
        began = performance.now();
      }),
    ]);
    expect(began - ended).toBeGreaterThan(50);
  });

  it('that only begin the work end when it waits for something else', async () => {
    const turns = new RestingTurns();
    let answer = (_: string) => {};
    const waits = turns.begin('a', () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await turns.begin('b', async () => 'done meanwhile')).toBe('done meanwhile');
    answer('answered');
    expect(await waits).toBe('answered');
    await expect(turns.begin('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.begin('b', async () => 'and on')).toBe('and on');
  });

  it('go on after work that failed, and are refused to a tenant that already waits for too many', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const turns = new RestingTurns();
      const failing = turns.take('a', () => Promise.reject(new Error('no')));
      const waiting = Array.from({ length: 50 }, () => turns.take('a', () => 'done'));
      await expect(turns.take('a', () => 'more')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      const other = turns.take('b', () => 'other');
      await expect(failing).rejects.toThrow('no');
      for (let n = 0; n < 60; n++) await vi.runAllTimersAsync();
      expect(await other).toBe('other');
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']));
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('remembered documents', () => {
  it('are dropped from the tenant with the most of them, the least recently used first', () => {
    const cache = new DocumentCache<number>(4, 100);
    cache.set('mine', 1, 'me');
    for (let n = 0; n < 10; n++) cache.set(`theirs ${n}`, n, 'they');
    expect(cache.get('mine')).toBe(1);
    expect([6, 7, 8, 9].map((n) => cache.get(`theirs ${n}`))).toEqual([undefined, 7, 8, 9]);
    cache.set('x'.repeat(101), 1, 'me');
    expect(cache.get('x'.repeat(101))).toBeUndefined();
  });

  it('of any length are distinguished', () => {
    const cache = new DocumentCache<number>(4, 100_000);
    cache.set(`${'x'.repeat(5_000)}a`, 1, 'me');
    expect([cache.get(`${'x'.repeat(5_000)}a`), cache.get(`${'x'.repeat(5_000)}b`)]).toEqual([1, undefined]);
  });
});
