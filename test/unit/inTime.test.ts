import { describe, expect, it } from 'vitest';
import { inTime } from '../../core/ground/inTime.ts';

describe('work in time', () => {
  it('is what it comes to, or what it fails with', async () => {
    expect(await inTime(10_000, async () => 'done')).toBe('done');
    await expect(inTime(10_000, () => Promise.reject(new Error('It broke.')))).rejects.toThrow('It broke.');
  });

  it('ends where it is late, also where the work forgets its signal', async () => {
    let aborted = false;
    const late = inTime(10, (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise<never>(() => {});
    });
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(aborted).toBe(true);
  });
});
