import type { DeliveryBucket } from '@everhook/sdk';

/** What sums are made of. */
type Counted = Pick<DeliveryBucket, 'total' | 'delivered' | 'failed' | 'isAtLeast'>;

/** Sums several buckets. `isAtLeast`: so many or more, as not all that is open could be counted; what has ended is exact. */
export function totalOf(buckets: readonly Counted[]) {
  const sum = (count: (bucket: Counted) => number) => buckets.reduce((all, bucket) => all + count(bucket), 0);
  const delivered = sum((each) => each.delivered);
  const failed = sum((each) => each.failed);
  return {
    total: sum((each) => each.total),
    delivered,
    failed,
    isAtLeast: buckets.some((each) => each.isAtLeast),
    successRate: delivered + failed === 0 ? null : delivered / (delivered + failed),
  };
}
