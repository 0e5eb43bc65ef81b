import type { WebhookActivity } from '@everhook/sdk';

type Hours = NonNullable<WebhookActivity['lastHours']>;

/** Of what ended in the last 24 hours, the part that arrived; null where nothing ended. */
export function successOf(hours: Hours): { readonly ended: number; readonly share: number | null } {
  const delivered = hours.reduce((sum, hour) => sum + hour.delivered, 0);
  const ended = hours.reduce((sum, hour) => sum + hour.failed, delivered);
  return { ended, share: ended === 0 ? null : delivered / ended };
}

/** An hour as a bar: how high it is, and how much of that failed; both as parts of the whole height. */
export interface HourBar {
  readonly from: string;
  readonly height: number;
  readonly failed: number;
  readonly isEmpty: boolean;
}

/** What is there is seen, however little it is beside the rest. */
const least = 0.12;

/**
 * Hours as bars: as high as many deliveries ended in them, and red in the part that failed, so that 5 of 1,000 are a thin line and
 * not a whole red bar.
 */
export function barsOf(hours: Hours): HourBar[] {
  const most = Math.max(1, ...hours.map(({ delivered, failed }) => delivered + failed));
  return hours.map(({ from, delivered, failed }) => {
    const ended = delivered + failed;
    // By the root: an hour with a hundredth of the busiest one's is a tenth as high, and still seen.
    const height = ended === 0 ? 0 : Math.max(least, Math.sqrt(ended / most));
    const part = ended === 0 ? 0 : failed / ended;
    return {
      from,
      height,
      failed: part === 0 ? 0 : Math.max(height * part, Math.min(height, 0.07)),
      isEmpty: ended === 0,
    };
  });
}
