import { describe, expect, it } from 'vitest';
import { howItEnded } from '../../../local/howItEnded.ts';

describe('how a process ended', () => {
  it('names signal, likely cause and what is needed where memory ran out', () => {
    for (const ending of [
      { code: null, signal: 'SIGKILL' as const },
      { code: 137, signal: null },
    ]) {
      expect(howItEnded('The API', ending)).toMatch(
        /^The API was killed \(SIGKILL\).*memory ran out.*1 GB.*\d+ MB here\.$/,
      );
    }
    expect(howItEnded('The API', { code: null, signal: 'SIGABRT' })).toMatch(/SIGABRT.*memory/);
  });

  it('guesses at nothing where the cause is not known', () => {
    expect(howItEnded('The worker', { code: 1, signal: null })).toBe('The worker ended with exit code 1.');
    expect(howItEnded('The worker', { code: null, signal: 'SIGSEGV' })).toBe('The worker was ended by SIGSEGV.');
  });
});
