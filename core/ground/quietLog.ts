import type { LogFn, Logger } from 'pino';
import { outageOf } from './outage.ts';
import { sealFailureOf } from './undecryptable.ts';

const minuteMs = 60_000;
/** Pino's numbers. Lines below a warning, and fatal ones, are always written. */
const warning = 40;
const fatal = 60;

interface Written {
  /** The messages that the same cause has led to since, and how often. */
  readonly repeated: Map<string, number>;
}

/**
 * For pino's `hooks.logMethod`: while a part is away or a key is missing, thousands of calls fail with one cause. The first failure is written,
 * without a stack, which would show the caller and not the cause. Further failures within the minute are counted in one more
 * line at its end.
 */
export function onceAMinute() {
  const written = new Map<string, Written>();

  return function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [fields, message] = args as unknown as [{ err?: unknown } | Error, string | undefined];
    const error = fields instanceof Error ? fields : fields?.err;
    const found = level >= warning && level < fatal ? (outageOf(error) ?? keyFailureOf(error)) : null;
    if (found === null) {
      method.apply(this, args);
      return;
    }

    const { err: _err, ...rest } = fields instanceof Error ? { err: fields } : (fields as Record<string, unknown>);
    const shown = { ...found, ...rest };
    const { part, cause } = shown;
    const name = `${part} ${cause}`;
    const what = message ?? (error as Error).message;
    const before = written.get(name);
    if (before) {
      before.repeated.set(what, (before.repeated.get(what) ?? 0) + 1);
      return;
    }
    const entry: Written = { repeated: new Map() };
    written.set(name, entry);
    method.apply(this, [{ ...shown, reason: lastLine((error as Error).message) }, what] as never);
    setTimeout(() => {
      written.delete(name);
      if (entry.repeated.size === 0) return;
      const repeated = Object.fromEntries(entry.repeated);
      method.apply(this, [{ part, cause, repeated }, `within a minute the same cause made more fail`] as never);
    }, minuteMs).unref();
  };
}

/** A sealed value that cannot be opened fails every call that needs it, until the operator has put its key back. */
function keyFailureOf(error: unknown): { part: string; cause: string } | null {
  const failure = sealFailureOf(error);
  return failure && { part: 'keys', cause: failure.message };
}

/** Prisma writes the call and its place first, and the reason last. */
const lastLine = (message: string): string => message.trimEnd().split('\n').at(-1)?.trim() ?? '';
