/** Length of a period of statistics. */
export type Bucket = 'MINUTE' | 'HOUR' | 'DAY';

/**
 * The counts of one period: delivered, failed, cancelled, pending, sending and retrying, then those of the response times by
 * class.
 */
export type Row = [from: Date, ...counts: string[]];
