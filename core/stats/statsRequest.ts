import type { Label } from '../labels/label.ts';
import type { Bucket } from './bucket.ts';

/** Which deliveries are counted, and by which periods. */
export interface StatsRequest {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly from: Date;
  readonly to: Date;
  readonly bucket: Bucket;
  /** Only deliveries of events that have all of them. */
  readonly labels?: readonly Label[] | undefined;
  /**
   * Whether whoever asks may see all deliveries of the organization. Only then may it show by an answer's time, or by a refusal, how
   * many others there are. Absent: false.
   */
  readonly seesOrganization?: boolean;
}
