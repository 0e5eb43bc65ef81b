import type { LogFn, Logger } from 'pino';
import { notNow } from './notNow.ts';

const minuteMs = 60_000;
/** Pino's numbers: below warnings nobody is alarmed, and what is fatal is said whatever it is. */
const warning = 40;
const fatal = 60;

interface Told {
  /** What failed meanwhile by the same cause, and how often. */
  readonly repeated: Map<string, number>;
}

/**
 * For pino's `hooks.logMethod`: while a part is away, thousands of calls fail by one cause. The first is written, without a
 * stack, which would tell of the way to the failure and not of the failure; what else failed by it within the minute is
 * counted into one more line at the end of that minute.
 */
export function onceAMinute() {
  const told = new Map<string, Told>();

  return function logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [fields, message] = args as unknown as [{ err?: unknown } | Error, string | undefined];
    const error = fields instanceof Error ? fields : fields?.err;
    const found = level >= warning && level < fatal ? notNow(error) : null;
    if (found === null) {
      method.apply(this, args);
      return;
    }

    const { err: _err, ...rest } = fields instanceof Error ? { err: fields } : (fields as Record<string, unknown>);
    const shown = { ...found, ...rest };
    const name = `${shown.part} ${shown.cause}`;
    const what = message ?? (error as Error).message;
    const before = told.get(name);
    if (before) {
      before.repeated.set(what, (before.repeated.get(what) ?? 0) + 1);
      return;
    }
    const entry: Told = { repeated: new Map() };
    told.set(name, entry);
    method.apply(this, [{ ...shown, reason: lastLine((error as Error).message) }, what] as never);
    setTimeout(() => {
      told.delete(name);
      if (entry.repeated.size === 0) return;
      const repeated = Object.fromEntries(entry.repeated);
      method.apply(this, [{ ...found, repeated }, `within a minute the same cause made more fail`] as never);
    }, minuteMs).unref();
  };
}

/** Prisma puts the call and its place before what happened. */
const lastLine = (message: string): string => message.trimEnd().split('\n').at(-1)?.trim() ?? '';
