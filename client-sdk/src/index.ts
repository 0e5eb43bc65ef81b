/**
 * The typed client for Everhook.
 *
 * @module
 */
export type { ApiKey, ApiKeyFilter, ApiKeys, CreatedApiKey } from './apiKeys.ts';
export type { Areas } from './areas.ts';
export type { Audit, AuditEvent, AuditFilter } from './audit.ts';
export type { Bound } from './bound.ts';
export {
  BrowserSession,
  type SessionEnding,
  type SessionFetch,
  type SessionState,
  type SignedOut,
} from './browserSession.ts';
export type { Deletion, DeletionConfirmation, Deletions, DeletionWatch } from './deletions.ts';
export type {
  BulkReplay,
  CancelledDeliveries,
  Deliveries,
  Delivery,
  DeliveryBucket,
  DeliveryDetail,
  DeliveryFilter,
  OpenDeliveries,
  OpenRequest,
  ReplayOptions,
  StatsRequest,
} from './deliveries.ts';
export type { Erasure, ErasureFilter, Erasures, ErasureToStart, ErasureWatch } from './erasures.ts';
export {
  ConflictError,
  type ErrorCode,
  type ErrorDetails,
  EverhookError,
  ForbiddenError,
  LimitExceededError,
  NetworkError,
  NotFoundError,
  RateLimitedError,
  TimeoutError,
  UnauthenticatedError,
  UnavailableError,
  ValidationError,
} from './errors.ts';
export type {
  CreatedEventType,
  EventType,
  EventTypeChanges,
  EventTypeScope,
  EventTypes,
  EventTypesPlan,
  EventTypesToApply,
  EventTypeVersion,
  UpsertedEventType,
} from './eventTypes.ts';
export { Everhook, type EverhookOptions, type SessionOptions, type Viewer, type ViewerScope } from './everhook.ts';
export type { Found } from './find.ts';
export type {
  AttemptOutcome,
  AuditAction,
  AuditTargetType,
  BreakDirection,
  Bucket,
  CreateApiKeyInput,
  CreateEventTypeInput,
  CreateInboundWebhookInput,
  CreateListenerInput,
  CreateOrganizationInput,
  CreatePortalLinkInput,
  CreateProjectInput,
  CreateWebhookInput,
  DeletionKind,
  DeletionState,
  DeliveryStatus,
  Direction,
  EventTypeCompatibility,
  EventTypeToApply,
  HeaderInput,
  InboundTestOutcome,
  IssueCredentialsInput,
  IssueProvider,
  ListenerFailure,
  Permission,
  PortalColoursInput,
  PortalLanguage,
  PortalPart,
  PrincipalKind,
  Profile,
  RecoveryKind,
  RecoveryState,
  Role,
  SetIssueIntegrationInput,
  SetRolePermissionsInput,
  TypedDocumentString,
  UpdateEventTypeInput,
  UpdateOrganizationInput,
  UpdatePortalThemeInput,
  UpdateProjectInput,
  UpsertEventTypeInput,
  UpsertOrganizationInput,
  UpsertProjectInput,
  UpsertWebhookInput,
  WebhookHealth,
} from './generated/operations.ts';
export type { OrganizationHandle, ProjectHandle } from './handles.ts';
export type { Fetch, FetchResponse } from './http/connection.ts';
export type { CallOptions } from './http/transport.ts';
export type {
  ChangedIntegration,
  Inbound,
  InboundTest,
  InboundWebhook,
  IssueIntegration,
  ProjectOption,
  RevealedInboundWebhook,
} from './inbound.ts';
export type { Issue, Issues, IssueUpdate, IssueWatch } from './issues.ts';
export type { Items, ToArrayOptions } from './items.ts';
export { JsonText } from './json/jsonText.ts';
export type {
  CreatedListener,
  ListenedRequest,
  ListenerAnswer,
  Listeners,
  ListenerToCreate,
  RequestWatch,
  ServeOptions,
} from './listeners.ts';
export type { Listing, Page, PageRequest } from './listing.ts';
export type { DeliveryUpdate, DeliveryWatch, WatchFilter } from './live/deliveryWatch.ts';
export type { HealthFilter, HealthWatch, WebhookHealthChange } from './live/healthWatch.ts';
export type { Watch, Watched, WatchOptions } from './live/watch.ts';
export type { WebSocketConstructor } from './live/webSocket.ts';
export type { Member, Members, MemberToRemove, MemberToSet } from './members.ts';
export type {
  Organization,
  OrganizationChanges,
  Organizations,
  TenantSummary,
  TenantsPage,
  UpsertedOrganization,
} from './organizations.ts';
export type { Permissions, RolePermissions } from './permissions.ts';
export type { CreatedPortalLink, PortalLink, PortalLinkFilter, PortalLinks } from './portalLinks.ts';
export type {
  PortalTheme,
  PortalThemeChanges,
  Project,
  ProjectChanges,
  ProjectFilter,
  Projects,
  UpsertedProject,
} from './projects.ts';
export type {
  DeliveryCounts,
  Event,
  EventAsText,
  EventFilter,
  Events,
  ListedEvent,
  PublishManyOptions,
  PublishOptions,
} from './publishing/events.ts';
export type { AnyEvents, EventOf, EventToPublish } from './publishing/eventText.ts';
export type { Labels } from './publishing/labels.ts';
export { type AcceptedEvent, type FailedEvent, PublishError } from './publishing/publishError.ts';
export type { PublishedEvent, PublishScope } from './publishing/queue.ts';
export type {
  Recoverable,
  Recoveries,
  RecoveriesWithin,
  Recovery,
  RecoveryFilter,
  RecoverySelection,
  RecoveryToStart,
  RecoveryWatch,
} from './recoveries.ts';
export type { Session, SessionFilter, Sessions } from './sessions.ts';
export {
  type DateTime,
  type Duration,
  type DurationInput,
  durationMs,
  type TimeInput,
  type WithTimes,
} from './times.ts';
export * as verify from './verify/index.ts';
export type {
  CreatedWebhook,
  HealthChange,
  LiveSecret,
  ResumeWatch,
  RotatedSecret,
  SampleRequest,
  UpsertedWebhook,
  Webhook,
  WebhookActivity,
  WebhookChanges,
  WebhookDetail,
  WebhookFilter,
  Webhooks,
} from './webhooks.ts';
