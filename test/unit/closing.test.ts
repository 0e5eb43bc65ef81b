import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { Closing } from '../../core/ground/closing.ts';

afterEach(() => vi.useRealTimers());

function closingWithLog() {
  const logged: { readonly msg: string; readonly part: string; readonly err?: { readonly message: string } }[] = [];
  const closing = new Closing(pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) }));
  return { logged, closing };
}

it('what was opened is closed in reverse order, one after another; one that fails is logged and stops no other', async () => {
  const closed: string[] = [];
  const { logged, closing } = closingWithLog();
  const part = (name: string) => ({
    async close() {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(name);
      if (name.startsWith('failing')) throw new Error(`${name} did not close`);
    },
  });
  const pool = part('pool');
  expect(closing.add('the pool', pool)).toBe(pool);
  closing.add('one that fails', part('failing'));
  closing.defer('the worker', () => {
    closed.push('worker');
    throw new Error('at once');
  });
  closing.add('the server', part('server'));
  await closing.close();
  expect(closed).toEqual(['server', 'worker', 'failing', 'pool']);
  expect(logged.map(({ part, err }) => [part, err?.message])).toEqual([
    ['the worker', 'at once'],
    ['one that fails', 'failing did not close'],
  ]);
  await closing.close();
  expect(closed).toHaveLength(4);
});

it('a part that takes long to close is named in the log while it is waited for, and one that does not is not', async () => {
  vi.useFakeTimers();
  const { logged, closing } = closingWithLog();
  let end = () => {};
  closing.defer('the pool', () => {});
  closing.defer('the feed', () => new Promise<void>((resolve) => (end = resolve)));
  const closed = closing.close();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(logged).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(logged.map(({ part }) => part)).toEqual(['the feed']);
  end();
  await closed;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(logged).toHaveLength(1);
});
