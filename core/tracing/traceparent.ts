/** A position in a trace: W3C Trace Context's `traceparent`. */
export interface TraceParent {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
/** The length of version 00, and of what later versions begin with. */
const length = 55;

/**
 * Reads a `traceparent` as the W3C's Trace Context asks: of a later version its first four parts count.
 *
 * @returns null for one that is malformed: it is ignored, as if there were none
 */
export function readTraceparent(text: unknown): TraceParent | null {
  if (typeof text !== 'string' || text.length < length) return null;
  const found = pattern.exec(text);
  if (found === null) return null;
  const [, version, traceId, spanId, flags] = found as unknown as [string, string, string, string, string];
  if (version === '00' && text.length > length) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The text of version 00. Flags other than `sampled` are not passed on: what they promise is not known here. */
export const traceparentOf = ({ traceId, spanId, sampled }: TraceParent): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
