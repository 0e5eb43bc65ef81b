/** Selectable time ranges, with the width of a bar, and how far back the time lies that they are compared with. */
export const spans = {
  hour: { ms: 3_600_000, bucket: 'MINUTE', bucketMs: 60_000, backMs: 86_400_000 },
  day: { ms: 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000, backMs: 86_400_000 },
  week: { ms: 7 * 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000, backMs: 7 * 86_400_000 },
  month: { ms: 30 * 86_400_000, bucket: 'DAY', bucketMs: 86_400_000, backMs: 30 * 86_400_000 },
} as const;

export type Span = keyof typeof spans;
