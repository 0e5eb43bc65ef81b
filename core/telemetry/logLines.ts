import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type Logger, SeverityNumber } from '@opentelemetry/api-logs';
import { parseJson } from '../json/parseJson.ts';

/** Pino's levels, by their numbers. */
const severities: ReadonlyMap<unknown, readonly [text: string, number: SeverityNumber]> = new Map([
  [10, ['TRACE', SeverityNumber.TRACE]],
  [20, ['DEBUG', SeverityNumber.DEBUG]],
  [30, ['INFO', SeverityNumber.INFO]],
  [40, ['WARN', SeverityNumber.WARN]],
  [50, ['ERROR', SeverityNumber.ERROR]],
  [60, ['FATAL', SeverityNumber.FATAL]],
]);

/** The fields of a line that are no attributes, and those that say where it stands in a trace. */
interface Line {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly msg?: unknown;
  readonly trace_id?: unknown;
  readonly span_id?: unknown;
  readonly [name: string]: unknown;
}

/** Sends the lines of the log as they are written, secrets redacted. What is no JSON is a body by itself. */
export function lineSender(logger: Logger): (line: string) => void {
  return (line) => {
    const { level, time, msg, trace_id, span_id, pid: _pid, process: _process, ...fields } = read(line);
    const [severityText, severityNumber] = severities.get(level) ?? ['INFO', SeverityNumber.INFO];
    const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
    logger.emit({
      ...(Number.isNaN(at) ? {} : { timestamp: at }),
      severityText,
      severityNumber,
      body: typeof msg === 'string' ? msg : '',
      attributes: attributesOf(fields),
      context: positionOf(trace_id, span_id),
    });
  };
}

function read(line: string): Line {
  try {
    return parseJson(line) as Line;
  } catch {
    return { msg: line.trimEnd() };
  }
}

/** OTLP's attributes are flat here: what a field holds below is its text. */
function attributesOf(fields: Readonly<Record<string, unknown>>) {
  const attributes: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (name === 'err' && typeof value === 'object') {
      const { type, message, stack } = value as Record<string, unknown>;
      if (typeof type === 'string') attributes['exception.type'] = type;
      if (typeof message === 'string') attributes['exception.message'] = message;
      if (typeof stack === 'string') attributes['exception.stacktrace'] = stack;
    } else
      attributes[name] =
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? value
          : JSON.stringify(value);
  }
  return attributes;
}

function positionOf(traceId: unknown, spanId: unknown): Context {
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
}
