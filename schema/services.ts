import type { ApiKeys } from '../core/access/apiKeys.ts';
import type { Credential } from '../core/access/credential.ts';
import type { PermissionMatrix } from '../core/access/matrix.ts';
import type { Members } from '../core/access/members.ts';
import type { PortalLinks } from '../core/access/portalLinks.ts';
import type { Origin, Principal } from '../core/access/principal.ts';
import type { Deletions } from '../core/deletions/deletions.ts';
import type { CancelDeliveries } from '../core/deliveries/cancel.ts';
import type { Replays } from '../core/deliveries/replay.ts';
import type { RetryDelivery } from '../core/deliveries/retry.ts';
import type { AttemptKey, SentRequest } from '../core/deliveries/sentRequest.ts';
import type { SentTest } from '../core/deliveries/testEvent.ts';
import type { Erasures } from '../core/erasures/erasures.ts';
import type { EventTypes } from '../core/events/eventTypes.ts';
import type { PublishedEvent, PublishInput, PublishScope } from '../core/events/published.ts';
import type { HealthFeed } from '../core/health/healthFeed.ts';
import type { InboundWebhooks } from '../core/inbound/inboundWebhooks.ts';
import type { Receiver } from '../core/inbound/receiver.ts';
import type { IssueIntegrations } from '../core/issues/integrations.ts';
import type { IssueFeed } from '../core/issues/issueFeed.ts';
import type { AnswerRequest } from '../core/listeners/answer.ts';
import type { CreateListener } from '../core/listeners/create.ts';
import type { ListenedRequest } from '../core/listeners/requests.ts';
import type { Listing } from '../core/listing/listing.ts';
import type { LiveFeed } from '../core/live/liveFeed.ts';
import type { SignIn } from '../core/oidc/signIn.ts';
import type { Organizations } from '../core/organizations/organizations.ts';
import type { Upserts } from '../core/organizations/upserts.ts';
import type { PortalThemes } from '../core/portal/themes.ts';
import type { MissedLately } from '../core/recoveries/missedLately.ts';
import type { Recoveries } from '../core/recoveries/recoveries.ts';
import type { References } from '../core/references/references.ts';
import type { SessionControl } from '../core/sessions/control.ts';
import type { Sessions } from '../core/sessions/sessions.ts';
import type { DeliveryStats } from '../core/stats/deliveryStats.ts';
import type { OpenDeliveries } from '../core/stats/openDeliveries.ts';
import type { Tenants } from '../core/stats/tenants.ts';
import type { CallTrace } from '../core/tracing/tracing.ts';
import type { Pause } from '../core/webhooks/pause.ts';
import type { ReEnable } from '../core/webhooks/reEnable.ts';
import type { RevealSecrets } from '../core/webhooks/reveal.ts';
import type { Rotation } from '../core/webhooks/rotation.ts';
import type { SignsWith } from '../core/webhooks/signsWith.ts';
import type { Webhooks } from '../core/webhooks/webhooks.ts';

/** The services behind the API. The schema knows only these functions, not their implementation. */
export interface Services {
  /** The same services, whose reads take turns with other organizations' in the name of this principal's organization. */
  for(principal: Principal): Services;
  /** The Prisma client; see `prismaOf` for why it is untyped here. */
  readonly prisma: object;
  /** @throws ApiError UNAUTHENTICATED */
  authenticate(credential: Credential | undefined, origin?: Origin): Promise<Principal>;
  /** Whether a credential was valid recently, without a look-up. */
  isKnownCredential(authorization: string | undefined): boolean;
  /** When a credential that is valid now ends by itself: milliseconds since 1970, or infinity. */
  endOfCredential(authorization: string): Promise<number>;
  /** The sessions of people who are signed in to the dashboard. */
  readonly sessions: Sessions;
  /** Who sees sessions, and who ends them. */
  readonly sessionControl: SessionControl;
  /** Signing in by OpenID Connect; null where no issuer is configured. */
  readonly signIn: SignIn | null;
  /** Finds organizations, projects and webhooks by their external ids. */
  readonly references: References;
  readonly organizations: Organizations;
  readonly upserts: Upserts;
  readonly apiKeys: ApiKeys;
  readonly permissionMatrix: PermissionMatrix;
  readonly members: Members;
  readonly portalLinks: PortalLinks;
  readonly portalThemes: PortalThemes;
  readonly eventTypes: EventTypes;
  readonly webhooks: Webhooks;
  readonly reEnable: ReEnable;
  readonly pause: Pause;
  /** See `resumeProgress`. */
  resumeProgress(webhook: { id: string; organizationId: string }, signal: AbortSignal): AsyncGenerator<string>;
  readonly rotation: Rotation;
  readonly revealSecrets: RevealSecrets;
  readonly signsWith: SignsWith;
  readonly createListener: CreateListener;
  /** See `listenedRequests`. */
  listenedRequests(
    listener: { id: string; organizationId: string },
    signal: AbortSignal,
  ): AsyncGenerator<ListenedRequest>;
  readonly answerListener: AnswerRequest;
  readonly retryDelivery: RetryDelivery;
  readonly cancelDeliveries: CancelDeliveries;
  readonly replays: Replays;
  readonly erasures: Erasures;
  /** See `jobProgress`. */
  erasureProgress(erasure: { id: string; organizationId: string }, signal: AbortSignal): AsyncGenerator<string>;
  readonly recoveries: Recoveries;
  /** See `jobProgress`. */
  recoveryProgress(recovery: { id: string; organizationId: string }, signal: AbortSignal): AsyncGenerator<string>;
  readonly deletions: Deletions;
  /** See `jobProgress`. */
  deletionProgress(deletion: { id: string; organizationId: string }, signal: AbortSignal): AsyncGenerator<string>;
  readonly listing: Listing;
  readonly deliveryStats: DeliveryStats;
  readonly openDeliveries: OpenDeliveries;
  readonly tenants: Tenants;
  /** See `countMissedLately`. */
  missedLately(
    webhookIds: readonly string[],
  ): Promise<readonly { readonly id: string; readonly value: MissedLately }[]>;
  readonly publisher: {
    publish(scope: PublishScope, events: readonly PublishInput[], call?: CallTrace): Promise<readonly PublishedEvent[]>;
  };
  readonly liveFeed: Pick<LiveFeed, 'deliveries' | 'cursor'>;
  readonly issueIntegrations: IssueIntegrations;
  readonly issueFeed: IssueFeed;
  readonly healthFeed: HealthFeed;
  readonly inboundWebhooks: InboundWebhooks;
  /** Receives trackers' requests. */
  readonly inbound: Pick<Receiver, 'knows' | 'find' | 'begin'>;
  /** See `sendTestEvent`. */
  sendTest(webhookId: string, by: Principal, key?: string | null): Promise<SentTest>;
  /** The requests of attempts, without credentials. Null where none was sent, or its event no longer exists. */
  sentRequests(keys: readonly AttemptKey[], built: (bytes: number) => void): Promise<(SentRequest | null)[]>;
  /** The id of the workflow that owns a webhook's retries, and its page in Temporal's UI; null where no UI is configured. */
  readonly retryWorkflows: { idOf(webhookId: string): string; urlOf(webhookId: string): string | null };
  /** Address ranges of outgoing deliveries, for receivers that allow by address. */
  readonly egressIpRanges: readonly string[];
  /** Checks whether a part (`postgresql`, `temporal`) can be reached; rejects where it cannot. */
  readonly readiness: Readonly<Record<string, () => Promise<unknown>>>;
  /** The installation's way out to receivers, if one is set: whether it is blocked. */
  readonly egress?: { readonly isBlocked: boolean };
}
