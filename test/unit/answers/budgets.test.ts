import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerBudget, AnswerBudgets, type AnswerHolder } from '../../../core/answers/budgets.ts';

const by = (tenant: string, principal = tenant): AnswerHolder => ({ tenant, principal });
const limits = {
  operation: 10,
  light: 2,
  principal: 20,
  organization: 30,
  process: 40,
  waiting: 3,
  waitMs: 5_000,
  unreadMs: 2_000,
};

describe('the memory budget of answers', () => {
  let budgets: AnswerBudgets;
  beforeEach(() => {
    vi.useFakeTimers();
    budgets = new AnswerBudgets(limits);
  });
  afterEach(() => vi.useRealTimers());

  it('does not count the little that most operations read', async () => {
    const operation = budgets.operation(by('a'));
    await operation.read(2);
    expect(budgets.held).toBe(0);
    operation.end();
  });

  it('reserves the maximum of an operation once, and releases it at its end', async () => {
    const operation = budgets.operation(by('a'));
    await Promise.all([operation.read(3), operation.read(3), operation.reserve()]);
    expect(budgets.held).toBe(10);
    await expect(operation.read(5)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    operation.end();
    operation.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(budgets.held).toBe(0);
  });

  it('reserves the size of an answer that became large although little was read, until it was written', async () => {
    const operation = budgets.operation(by('a'));
    expect(operation.complete(2, 'query')).toBeUndefined();
    operation.end();
    const large = budgets.operation(by('a'));
    await large.read(2);
    await large.complete(7, 'query');
    expect(budgets.held).toBe(7);
    large.end();
    const read = budgets.operation(by('a'));
    await read.read(3);
    await read.complete(7, 'subscription');
    expect(budgets.held).toBe(10);
    read.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(budgets.held).toBe(0);
  });

  it('reserves nothing for an answer whose reader went while it was made', async () => {
    const operation = budgets.operation(by('a'));
    operation.end();
    await operation.complete(7, 'subscription');
    const gone = budgets.operation(by('a'));
    const completed = gone.complete(7, 'mutation');
    gone.end();
    await completed;
    await vi.advanceTimersByTimeAsync(0);
    expect(budgets.held).toBe(0);
  });

  it('lets the answer of what was done wait longer than others, and behind any number of them', async () => {
    const held = [budgets.unread(by('a'), 15, () => {}), budgets.unread(by('a', 'b'), 14, () => {})];
    const asked = (kind: 'query' | 'mutation') => {
      const operation = new AnswerBudget(budgets, by('a', 'c'));
      return operation.complete(4, kind)?.then(
        () => operation.end(),
        (error) => error.code,
      );
    };
    const queries = Array.from({ length: 4 }, () => asked('query'));
    const mutation = asked('mutation');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await Promise.all(queries)).toEqual(Array(4).fill('UNAVAILABLE'));
    held[0]?.();
    expect(await mutation).toBeUndefined();
    const lost = Promise.all([budgets.unread(by('a'), 15, () => {}), asked('mutation')]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await lost)[1]).toBe('UNAVAILABLE');
    held[1]?.();
    (await lost)[0]();
    await vi.advanceTimersByTimeAsync(0);
    expect(budgets.held).toBe(0);
  });

  it('does not write small answers to one who has left too much unread meanwhile', () => {
    const [query, mutation] = [budgets.operation(by('a')), budgets.operation(by('a'))];
    const taken = budgets.unread(by('a'), 20, () => {});
    expect(() => query.complete(1, 'query')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(mutation.complete(1, 'mutation')).toBeUndefined();
    taken();
  });

  it('reserves nothing for reads that go on after the answer was made, since nothing would release it', async () => {
    const operation = budgets.operation(by('a'));
    operation.end();
    await expect(operation.read(5)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(operation.reserve()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(budgets.held).toBe(0);
  });

  it('lets operations wait in turns, and bounds a principal, an organization and all together', async () => {
    const entered: string[] = [];
    const leave: Record<string, () => void> = {};
    const ask = (name: string, holder: AnswerHolder) =>
      budgets.reserve(holder).then((done) => {
        entered.push(name);
        leave[name] = done;
      });
    const waiting = [
      ...['a1', 'a2', 'a3'].map((name) => ask(name, by('a', 'one'))),
      ask('a4', by('a', 'two')),
      ask('b1', by('b')),
      ask('b2', by('b')),
      ask('c1', by('c')),
    ];
    await vi.advanceTimersByTimeAsync(0);
    // The third of one principal waits, and another principal of its organization goes first. Then there is no room for more.
    expect(entered).toEqual(['a1', 'a2', 'a4', 'b1']);
    leave.a1?.();
    await vi.advanceTimersByTimeAsync(0);
    leave.a2?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toHaveLength(6);
    // Each organization that waited got one.
    expect(new Set(entered.slice(4).map((name) => name[0])).size).toBe(2);
    leave.b1?.();
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all(waiting);
    for (const done of Object.values(leave)) done();
    expect(budgets.held).toBe(0);
  });

  it('refuses an operation that waits too long, or behind too many of its own organization', async () => {
    const held = await Promise.all([budgets.reserve(by('a')), budgets.reserve(by('a'))]);
    const waiting = Array.from({ length: 3 }, () => budgets.reserve(by('a')).catch((error) => error.code));
    await expect(budgets.reserve(by('a'))).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 5 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await Promise.all(waiting)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    for (const leave of held) leave();
    expect(budgets.held).toBe(0);
  });

  it('counts unread answers, and starts nothing for an organization that leaves too much unread', () => {
    const taken = [budgets.unread(by('a'), 12, () => {}), budgets.unread(by('a'), 12, () => {})];
    expect(() => budgets.operation(by('a'))).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    budgets.operation(by('b'));
    taken[0]?.();
    taken[0]?.();
    budgets.operation(by('a'));
    taken[1]?.();
    expect(budgets.held).toBe(0);
  });

  it('when one organization’s unread answers fill it, ends some of them for another organization', async () => {
    const cut: string[] = [];
    const unread = (tenant: string, bytes: number, name: string) => {
      const taken = budgets.unread(by(tenant, name), bytes, () => {
        cut.push(name);
        taken();
      });
    };
    unread('greedy', 14, 'first');
    unread('greedy', 14, 'second');
    unread('small', 8, 'other');
    const waiting = budgets.reserve(by('innocent'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(cut).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(cut).toEqual(['first']);
    (await waiting)();
    // An organization that holds the most cannot free memory this way.
    unread('greedy', 14, 'third');
    unread('greedy', 14, 'fourth');
    const own = budgets.reserve(by('greedy', 'fifth')).catch((error) => error.code);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([await own, cut]).toEqual(['UNAVAILABLE', ['first']]);
  });
});
