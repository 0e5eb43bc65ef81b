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
        'token',
        '*.token',
        'password',
        '*.password',
        'credentials',
        '*.credentials',
        'url',
        '*.url',
      ],
      censor: '[redacted]',
    },
    // A token in a path is a credential wherever it stands, also in a message or a stack.
    hooks: { streamWrite: (line) => line.replace(/(\/api\/webhooks\/)[\w-]+/g, '$1[redacted]') },
  });
}
