import { describe, expect, it } from 'vitest';
import { bracketed, callableHost, listenProblem } from '../../../core/ground/listening.ts';

describe('an address to listen on', () => {
  it('stands in URLs with brackets around IPv6, and as one that can be called', () => {
    expect(['127.0.0.1', '::1', 'everhook.internal'].map(bracketed)).toEqual([
      '127.0.0.1',
      '[::1]',
      'everhook.internal',
    ]);
    expect(['::', '0.0.0.0', '::1', 'fd00::1'].map(callableHost)).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '[::1]',
      '[fd00::1]',
    ]);
  });

  it('that cannot be had is told by its setting, with what to write', () => {
    const problem = (code: string, host: string) =>
      listenProblem(Object.assign(new Error('bind'), { code }), host, 4_000);
    expect(problem('EADDRINUSE', '::')).toMatch(/^PORT: 4000 is taken/);
    expect(problem('EADDRNOTAVAIL', 'fd00::1')).toMatch(
      /^HOST: this machine has no address fd00::1 \(IPv6 may be off\).*HOST=::/,
    );
    expect(problem('EACCES', '127.0.0.1')).toMatch(/^HOST, PORT: bind/);
  });
});
