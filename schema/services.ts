import type { ApiKeys } from '../server/access/apiKeys.ts';
import type { Principal } from '../server/access/principal.ts';
import type { EventTypes } from '../server/events/eventTypes.ts';
import type { PublishedEvent, PublishInput, PublishScope } from '../server/events/published.ts';
import type { Organizations } from '../server/organizations/organizations.ts';
import type { DeliveryStatus } from '../server/store/prisma/enums.ts';
import type { Webhooks } from '../server/webhooks/webhooks.ts';

/** One change of a delivery, as the live feed tells it. */
export interface DeliveryChange {
  readonly deliveryId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly status: DeliveryStatus;
  readonly version: number;
  /** Where to resume after this change. */
  readonly cursor: string;
}

/** One HTTP request as it left, or would leave. */
export interface RequestRecord {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What the API stands on. The schema knows these functions alone, not what is behind them. */
export interface Services {
  /** The Prisma client; see `prismaOf` for why it is untyped here. */
  readonly prisma: object;
  /** @throws ApiError UNAUTHENTICATED */
  authenticate(authorization: string | undefined): Promise<Principal>;
  readonly organizations: Organizations;
  readonly apiKeys: ApiKeys;
  readonly eventTypes: EventTypes;
  readonly webhooks: Webhooks;
  readonly publisher: {
    publish(scope: PublishScope, events: readonly PublishInput[]): Promise<readonly PublishedEvent[]>;
  };
  readonly liveFeed: {
    deliveries(options: {
      organizationId: string;
      after?: string;
      signal: AbortSignal;
    }): AsyncIterable<readonly DeliveryChange[]>;
  };
  /** Sends the profile's test event to one webhook. @returns the delivery's id */
  sendTest(webhookId: string): Promise<string>;
  /** What a delivery sends, without credentials. Null where nothing is left to derive it from. */
  requestOf(deliveryId: string): Promise<RequestRecord | null>;
  /** Address ranges that deliveries leave from, for receivers that allow by address. */
  readonly egressIpRanges: readonly string[];
}
