const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** What answers may hold of this process's memory, in bytes, and how long one waits for that. */
export interface AnswerLimits {
  /** Stored texts that an operation may read; and its answer, as it is sent. */
  readonly operation: number;
  /** What an operation reads without asking for a place among the large ones. */
  readonly light: number;
  /** All large answers of a principal, of an organization and of the process, in the making and not yet read. */
  readonly principal: number;
  readonly organization: number;
  readonly process: number;
  /** Operations of an organization that wait for a place. */
  readonly waiting: number;
  /** How long one waits, in milliseconds. */
  readonly waitMs: number;
  /** How long an answer lies unread before it may have to make room for another organization's, in milliseconds. */
  readonly unreadMs: number;
  /** How long a reader may take nothing of an answer, in milliseconds. */
  readonly stalledMs: number;
  /** The slowest pace at which a long answer may be read, in bytes a second. */
  readonly minBytesPerSecond: number;
}

export const answerLimits: AnswerLimits = {
  operation: 16 * mebibyte,
  light: 256 * kibibyte,
  principal: 32 * mebibyte,
  organization: 64 * mebibyte,
  process: 128 * mebibyte,
  waiting: 200,
  waitMs: 10_000,
  unreadMs: 2_000,
  stalledMs: 20_000,
  minBytesPerSecond: 128 * kibibyte,
};

/** Bytes for people to read. */
export const inMebibytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;
