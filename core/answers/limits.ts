const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Limits on the memory that answers may use in this process, in bytes, and on waiting for it. */
export interface AnswerLimits {
  /** Stored texts that an operation may read; also the size of its answer, as it is sent. */
  readonly operation: number;
  /** Stored texts that an operation may read without a reservation. */
  readonly light: number;
  /** All reservations and unread answers of a principal, of an organization and of the process. */
  readonly principal: number;
  readonly organization: number;
  readonly process: number;
  /** Operations of one organization that wait for a reservation. */
  readonly waiting: number;
  /** Longest wait for a reservation, in milliseconds. */
  readonly waitMs: number;
  /** After this time an unread answer may be cut to make room for another organization, in milliseconds. */
  readonly unreadMs: number;
  /** Longest time in which a reader takes nothing of an answer, in milliseconds. */
  readonly stalledMs: number;
  /** The slowest rate at which a long answer may be read. */
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
