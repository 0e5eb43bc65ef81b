import { describe, expect, it } from 'vitest';
import { createLog } from '../../../core/ground/log.ts';

describe('a log line', () => {
  it('contains no inbound token, wherever it is, and no value under the names of credentials', () => {
    const lines: string[] = [];
    const log = createLog('info', 'api', { write: (line: string) => void lines.push(line) });
    const token = `${'x'.repeat(20) + '_-'.repeat(11)}y`;
    log.info({ path: `/api/webhooks/${token}` }, `POST http://127.0.0.1:4000/api/webhooks/${token}?a=b was refused`);
    log.error({
      err: new Error(`GET /api/webhooks/${token}`),
      token,
      password: token,
      nested: { token, credentials: token },
    });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(token);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ process: 'api' });
    expect(lines[0]).toContain('/api/webhooks/[redacted]?a=b was refused');
  });
});
