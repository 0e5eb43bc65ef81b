import { pino } from 'pino';
import { expect, it } from 'vitest';
import { Closing } from '../../core/ground/closing.ts';

it('what was opened is closed in reverse order, one after another; one that fails is logged and stops no other', async () => {
  const logged: string[] = [];
  const closed: string[] = [];
  const closing = new Closing(pino({ level: 'error' }, { write: (line) => logged.push(line) }));
  const part = (name: string) => ({
    async close() {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(name);
      if (name.startsWith('failing')) throw new Error(`${name} did not close`);
    },
  });
  const pool = part('pool');
  expect(closing.add(pool)).toBe(pool);
  closing.add(part('failing'));
  closing.defer(() => {
    closed.push('worker');
    throw new Error('at once');
  });
  closing.add(part('server'));
  await closing.close();
  expect(closed).toEqual(['server', 'worker', 'failing', 'pool']);
  expect(logged.map((line) => (JSON.parse(line) as { err: { message: string } }).err.message)).toEqual([
    'at once',
    'failing did not close',
  ]);
  await closing.close();
  expect(closed).toHaveLength(4);
});
