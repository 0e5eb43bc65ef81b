import { describe, expect, it } from 'vitest';
import { SteppedTurns } from '../../../core/jsonSchema/steppedTurns.ts';
import { compiled, refusalOf, verdictOn } from './checking.ts';

const list = Array.from({ length: 20_000 }, (_, n) => ({ n }));
const tooMuch = 'LIMIT_EXCEEDED data';

describe('a check', () => {
  it.each([
    [
      'a recursion that doubles at each level',
      {
        $defs: {
          x: { anyOf: [{ properties: { in: { allOf: [{ $ref: '#/$defs/x' }, { $ref: '#/$defs/x' }] } } }] },
        },
        $ref: '#/$defs/x',
      },
      JSON.parse(`${'{"in":'.repeat(26)}{}${'}'.repeat(26)}`),
    ],
    [
      'many rules for each of many items',
      { items: { allOf: Array.from({ length: 1_000 }, () => ({ type: 'object' })) } },
      list,
    ],
    [
      'a long chain of references',
      {
        $defs: Object.fromEntries(
          Array.from({ length: 1_500 }, (_, n) => [
            `d${n}`,
            n === 1_499 ? { type: 'number' } : { $ref: `#/$defs/d${n + 1}` },
          ]),
        ),
        $ref: '#/$defs/d0',
      },
      1,
    ],
  ])('ends when its steps are out of proportion to the value: %s', (_, schema, value) => {
    expect(refusalOf(schema, value)).toBe(tooMuch);
  });

  it.each([
    ['items that must all be different', { uniqueItems: true }, list],
    [
      'a long list of choices for each of many items',
      { items: { enum: list.slice(0, 3_500) } },
      list.map(() => ({ n: 3_499 })),
    ],
    [
      'names that are checked one by one',
      { propertyNames: { maxLength: 9 } },
      Object.fromEntries(list.map(({ n }) => [`p${n}`, n])),
    ],
    ['ordinary events of any size', { items: { type: 'object', properties: { n: { type: 'integer' } } } }, list],
    ['a deep tree', { items: { $ref: '#' } }, JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`)],
  ] as [string, object, unknown][])('takes steps in proportion to the value: %s', (_, schema, value) => {
    const { error, steps } = verdictOn(schema, value);
    expect(error).toBeNull();
    expect(steps).toBeLessThan(2 * JSON.stringify(value).length);
  });

  it('of a schema with thousands of references is compiled, and one with more than 1,000 patterns is refused', () => {
    const many = { $defs: { a: { type: 'string' } }, properties: {} as Record<string, object> };
    for (let n = 0; n < 2_000; n++) many.properties[`p${n}`] = { $ref: '#/$defs/a' };
    expect(compiled(many).check({ p1999: 1 }, 'data', 10).error).toMatchObject({ field: 'data.p1999' });
    expect(() => compiled({ items: { allOf: Array.from({ length: 1_001 }, () => ({ pattern: 'a' })) } })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });
});

describe('compiling', () => {
  const named = (count: number, schema: (n: number) => object) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, schema(n)]));
  /** Approximate steps of three milliseconds. */
  const mostSteps = 130_000;

  it.each([
    ['a thousand patterns of one schema', { patternProperties: named(1_000, () => ({})) }],
    ['a thousand patterns of as many', { properties: named(900, (n) => ({ pattern: `^${n}([a-z]{3,20}|x|y\\d)$` })) }],
    ['5,000 properties', { properties: named(5_000, () => ({})) }],
    ['4,000 alternatives', { anyOf: Array.from({ length: 4_000 }, () => ({ not: {} })) }],
    ['references, each to the next', { $defs: named(1_500, (n) => (n === 0 ? {} : { $ref: `#/$defs/p${n - 1}` })) }],
    ['a schema below an unknown keyword', { x: { properties: named(4_000, () => ({})) }, $ref: '#/x' }],
  ])('runs in small pieces: %s', (_, schema) => {
    const pieces: number[] = [];
    compiled(schema, (steps) => pieces.push(steps));
    expect(Math.max(...pieces)).toBeLessThan(mostSteps);
    expect(pieces.length).toBeGreaterThan(900);
  });

  it('leaves a pattern that takes long to parse to the pattern thread', () => {
    const { questions } = verdictOn({ pattern: '(a|b)'.repeat(12_000) }, 'ab');
    expect(questions).toHaveLength(1);
  });

  it('stores many dynamic references to many targets without a check for each pair', () => {
    const part = (n: number) => ({ $id: `${n}`, $dynamicAnchor: 'n', items: { $dynamicRef: '#n' } });
    const before = process.memoryUsage().heapUsed;
    const schema = compiled({ $defs: named(800, part) });
    // A check for each pair would take hundreds of MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
    expect(schema.check([[[]]], 'data', 6).error).toBeNull();
  });
});

describe('turns', () => {
  it('alternate between tenants, and other work runs in between', async () => {
    const turns = new SteppedTurns();
    const order: string[] = [];
    const work = (name: string) => async (tenant: string) => {
      await turns.run(tenant, () => {
        order.push(name);
        return { steps: 200_000 };
      });
    };
    const hostile = [1, 2, 3, 4].map((n) => work(`hostile ${n}`)('hostile'));
    const innocent = work('innocent')('innocent');
    const elsewhere = new Promise<void>((resolve) =>
      setImmediate(() => {
        order.push('elsewhere');
        resolve();
      }),
    );
    await Promise.all([...hostile, innocent, elsewhere]);
    expect(order.indexOf('innocent')).toBeLessThanOrEqual(3);
    expect(order.indexOf('elsewhere')).toBeLessThanOrEqual(2);
    expect(order.filter((name) => name.startsWith('hostile'))).toEqual([1, 2, 3, 4].map((n) => `hostile ${n}`));
  });

  it('leave as much time to other work as they take', async () => {
    const turns = new SteppedTurns();
    const began = performance.now();
    turns.run('a', () => ({ steps: 8_000_000 }));
    await turns.run('b', () => ({ steps: 1 }));
    // Those steps count as a hundred milliseconds of work, however quick this one was.
    expect(performance.now() - began).toBeGreaterThan(150);
  });

  it('are charged for the time that work takes, if that is more than its steps', async () => {
    const turns = new SteppedTurns();
    const until = performance.now() + 10;
    turns.run('hostile', () => {
      while (performance.now() < until);
      return { steps: 1 };
    });
    expect(turns.run('hostile', () => ({ steps: 1 }))).toBeInstanceOf(Promise);
  });

  it('are charged for failed work too, which reports no steps', async () => {
    const turns = new SteppedTurns();
    const fails = () => {
      throw new Error('no');
    };
    expect(() => turns.run('hostile', fails)).toThrow('no');
    const second = turns.run('hostile', fails);
    expect(second).toBeInstanceOf(Promise);
    await expect(second).rejects.toThrow('no');
  });

  it('pass on the error that the work throws, and go on', async () => {
    const turns = new SteppedTurns();
    turns.run('a', () => ({ steps: 1_000_000 }));
    const fails = turns.run('a', (): { steps: number } => {
      throw new RangeError('of the work');
    });
    const next = turns.run('b', () => ({ steps: 7 }));
    await expect(fails).rejects.toThrow('of the work');
    expect(await next).toEqual({ steps: 7 });
  });
});
