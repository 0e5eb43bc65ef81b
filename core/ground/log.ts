import { type DestinationStream, type Logger, pino } from 'pino';
import { onceAMinute } from './quietLog.ts';

/** JSON lines, on standard output by default. Fields with the names below are credentials and are redacted. */
export function createLog(level: string, processName: string, destination?: DestinationStream): Logger {
  const options = {
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
    // A token in a path is a credential everywhere, also in a message or a stack.
    hooks: {
      streamWrite: (line: string) => line.replace(/(\/api\/webhooks\/)[\w-]+/g, '$1[redacted]'),
      logMethod: onceAMinute(),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
