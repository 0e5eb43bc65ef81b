import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../core/ground/errors.ts';
import { createLog } from '../../../core/ground/log.ts';
import { withTimeout } from '../../../core/ground/withTimeout.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';

const code = (name: string) => Object.assign(new Error('It did not work.'), { code: name });

describe('while a part is away the log', () => {
  let lines: Record<string, unknown>[];
  const log = () => createLog('debug', 'test', { write: (line) => void lines.push(JSON.parse(line)) });
  beforeEach(() => {
    lines = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('has each cause once, without a stack, and after a minute the number of its other failures', () => {
    const quiet = log();
    for (let call = 0; call < 500; call++) {
      quiet.warn({ err: code('57P03'), calls: 2 }, 'events could not be stored');
      quiet.error({ err: code('57P03') }, 'an operation failed');
      quiet.warn({ err: code('ECONNREFUSED') }, 'events could not be stored');
    }
    expect(lines).toMatchObject([
      { level: 40, msg: 'events could not be stored', part: 'database', cause: '57P03', calls: 2 },
      { level: 40, msg: 'events could not be stored', part: 'database', cause: 'ECONNREFUSED' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('    at ');
    vi.advanceTimersByTime(60_000);
    expect(lines.slice(2)).toMatchObject([
      { cause: '57P03', repeated: { 'events could not be stored': 499, 'an operation failed': 500 } },
      { cause: 'ECONNREFUSED', repeated: { 'events could not be stored': 499 } },
    ]);
    quiet.warn({ err: code('57P03') }, 'events could not be stored');
    expect(lines).toHaveLength(5);
  });

  it('has what was late of several parts, each by its name', async () => {
    const quiet = log();
    const late = withTimeout(10, () => new Promise<never>(() => {})).catch((error: unknown) => error);
    vi.advanceTimersByTime(10);
    for (const part of [{}, { part: 'identity provider' }]) {
      quiet.warn({ err: await late, ...part }, 'nothing came');
      quiet.warn({ err: await late, ...part }, 'nothing came');
    }
    vi.advanceTimersByTime(60_000);
    const parts = ['database', 'identity provider'];
    expect(lines.map(({ part, cause, err }) => [part, cause, err])).toEqual(
      [...parts, ...parts].map((part) => [part, 'ETIMEDOUT', undefined]),
    );
  });

  it('has a key that is missing once a minute, by its id', () => {
    const quiet = log();
    const [mine, another] = [generateKey(), generateKey()];
    const sealed = parseKeyRing(another).seal('whsec_secret', 'webhook_secret:1');
    for (let call = 0; call < 100; call++) {
      try {
        parseKeyRing(mine).open(sealed, 'webhook_secret:1');
      } catch (error) {
        quiet.error({ err: error, organizationId: 'o' }, 'the webhooks of an organization could not be read');
        const refused = new ApiError('UNAVAILABLE', 'No.', undefined, undefined, undefined, error);
        quiet.warn({ err: refused }, 'changes of health could not be announced');
      }
    }
    const cause = expect.stringContaining(`"${another.split(':')[0]}", which is not in the ring`);
    expect(lines).toMatchObject([{ part: 'keys', cause, organizationId: 'o' }]);
    vi.advanceTimersByTime(60_000);
    expect(lines[1]).toMatchObject({
      part: 'keys',
      repeated: {
        'the webhooks of an organization could not be read': 99,
        'changes of health could not be announced': 100,
      },
    });
    expect(lines).toHaveLength(2);
  });

  it('has everything else as often as it happens, with its stack', () => {
    const quiet = log();
    for (let call = 0; call < 3; call++) quiet.error({ err: new TypeError('x is not a function') }, 'a bug');
    quiet.fatal({ err: code('ECONNREFUSED') }, 'the API stopped');
    quiet.fatal({ err: code('ECONNREFUSED') }, 'the API stopped');
    quiet.debug({ err: code('ECONNREFUSED') }, 'trying');
    quiet.warn('plain words');
    expect(lines).toHaveLength(7);
    for (const line of lines.slice(0, 5)) expect(line.err).toMatchObject({ stack: expect.stringContaining(' at ') });
  });
});
