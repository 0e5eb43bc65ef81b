import { describe, expect, it } from 'vitest';
import { endingWith } from '../../../schema/endingWith.ts';

async function* numbers(): AsyncGenerator<number> {
  for (let n = 1; ; n++) yield n;
}

describe('a feed whose reader left', () => {
  it('is aborted, and tells nothing more, also of what it had ready', async () => {
    const ending = new AbortController();
    const feed = endingWith(numbers(), ending);
    expect(await feed.next()).toEqual({ done: false, value: 1 });
    await feed.return?.();
    expect(ending.signal.aborted).toBe(true);
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  it('tells nothing of what was just being read', async () => {
    const feed = endingWith(numbers(), new AbortController());
    const next = feed.next();
    await feed.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
