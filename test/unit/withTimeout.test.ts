import { describe, expect, it } from 'vitest';
import { withTimeout } from '../../core/ground/withTimeout.ts';

describe('work with a timeout', () => {
  it('resolves or rejects as the work does', async () => {
    expect(await withTimeout(10_000, async () => 'done')).toBe('done');
    await expect(withTimeout(10_000, () => Promise.reject(new Error('It broke.')))).rejects.toThrow('It broke.');
  });

  it('rejects when it is late, even where the work ignores its signal', async () => {
    let aborted = false;
    const late = withTimeout(10, (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise<never>(() => {});
    });
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(aborted).toBe(true);
  });
});
