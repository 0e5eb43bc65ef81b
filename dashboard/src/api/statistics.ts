import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';

/** The deliveries that were created in one stretch of time, by how they stand now. */
export interface Bucket {
  readonly from: string;
  readonly total: number;
  readonly pending: number;
  readonly sending: number;
  readonly retrying: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Of what ended, the part that was delivered: 0 to 1. */
  readonly successRate: number | null;
  readonly responseTimeP50: string | null;
  readonly responseTimeP95: string | null;
}

const statement = `query ($organizationId: ID, $projectId: ID, $webhookId: ID, $from: DateTime!, $to: DateTime!, $bucket: Bucket!) {
  deliveryStats(
    organizationId: $organizationId, projectId: $projectId, webhookId: $webhookId, from: $from, to: $to, bucket: $bucket
  ) { from total pending sending retrying delivered failed cancelled successRate responseTimeP50 responseTimeP95 }
}`;

/** Stretches of time that can be looked at, with the width of a bar. */
export const spans = {
  hour: { text: 'Last hour', ms: 3_600_000, bucket: 'MINUTE', bucketMs: 60_000 },
  day: { text: 'Last 24 hours', ms: 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000 },
  week: { text: 'Last 7 days', ms: 7 * 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000 },
  month: { text: 'Last 30 days', ms: 30 * 86_400_000, bucket: 'DAY', bucketMs: 86_400_000 },
} as const;

export type Span = keyof typeof spans;

/** How deliveries went: of the scope, or of one webhook. */
export function useStatistics(span: Span, webhookId?: string) {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['statistics', webhookId ?? filter, span],
    queryFn: async ({ signal }) => {
      const { ms, bucket, bucketMs } = spans[span];
      const to = Math.ceil(Date.now() / bucketMs) * bucketMs;
      const variables = {
        ...(webhookId === undefined ? filter : { webhookId }),
        from: new Date(to - ms).toISOString(),
        to: new Date(to).toISOString(),
        bucket,
      };
      return (await client.query<{ deliveryStats: readonly Bucket[] }>(statement, variables, { signal })).deliveryStats;
    },
    refetchInterval: 60_000,
  });
}

/** Several buckets as one. */
export function totalOf(buckets: readonly Bucket[]) {
  const sum = (count: (bucket: Bucket) => number) => buckets.reduce((all, bucket) => all + count(bucket), 0);
  const delivered = sum((each) => each.delivered);
  const failed = sum((each) => each.failed);
  return {
    total: sum((each) => each.total),
    delivered,
    failed,
    backlog: sum((each) => each.pending + each.sending),
    retrying: sum((each) => each.retrying),
    successRate: delivered + failed === 0 ? null : delivered / (delivered + failed),
  };
}
