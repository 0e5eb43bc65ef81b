import { type DestinationStream, type Logger, pino } from 'pino';
import { onceAMinute } from './quietLog.ts';

/** What goes along with a log. */
export interface LogAlong {
  /** Gets each line as it is written. */
  line(line: string): void;
  /** More fields of a line: where it stands in a trace. */
  fields(): object;
}

/**
 * JSON lines, on standard output by default. Fields with the names below are credentials and are redacted.
 *
 * @param along - absent: nothing else gets the lines
 */
export function createLog(
  level: string,
  processName: string,
  destination?: DestinationStream,
  along: LogAlong | null = null,
): Logger {
  const options = {
    level,
    base: { process: processName, pid: process.pid },
    ...(along === null ? {} : { mixin: () => along.fields() }),
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
      streamWrite: (line: string) => {
        const written = line.replace(/(\/api\/webhooks\/)[\w-]+/g, '$1[redacted]');
        along?.line(written);
        return written;
      },
      logMethod: onceAMinute(),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
