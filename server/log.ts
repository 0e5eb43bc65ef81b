import { type Logger, pino } from 'pino';

/** JSON lines on standard output. Whatever is logged under these names is a credential, and is left out. */
export function createLog(level: string, processName: string): Logger {
  return pino({
    level,
    base: { process: processName, pid: process.pid },
    redact: {
      paths: [
        'authorization',
        '*.authorization',
        'secret',
        '*.secret',
        'key',
        '*.key',
        'apiKey',
        '*.apiKey',
        'url',
        '*.url',
      ],
      censor: '[redacted]',
    },
  });
}
