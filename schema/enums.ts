import { type AuditAction, type AuditTarget, auditActions, auditTargets } from '../core/audit/actions.ts';
import type { ActorKind } from '../core/audit/audit.ts';
import * as stored from '../core/store/prisma/enums.ts';
import type { DisableCause as Disabled } from '../core/webhooks/disableCause.ts';
import { builder } from './builder.ts';

const articleOf = (word: string) => (/^[aeiou]/.test(word) ? 'An' : 'A');

/** Each value's description, as GraphQL's builder takes them. */
export const texts = <Value extends string>(values: Readonly<Record<Value, string>>) =>
  Object.fromEntries(Object.entries(values).map(([value, description]) => [value, { description }])) as Record<
    Value,
    { description: string }
  >;

export const Profile = builder.enumType(stored.Profile, {
  name: 'Profile',
  description: 'A wire contract: with it, deliveries look and behave like one system’s webhooks.',
  values: texts({
    STANDARD: 'The Standard Webhooks specification.',
    PLANE: 'Webhooks as Plane sends them.',
    ONPLANA: 'Webhooks as Onplana’s guide for custom integrations describes them.',
    PLANE_CONNECTION: 'Webhooks as PlaneConnection sends them.',
    TASKS: 'Webhooks as the task API sends them.',
    TESTPLANIT: 'TestPlanIt’s generic endpoint with an HMAC.',
    SLACK: 'A message in a Slack channel, by one of Slack’s incoming webhooks.',
  }),
});
export const Role = builder.enumType(stored.Role, {
  name: 'Role',
  description: 'A role in an organization; PROJECT_ADMIN is a role in a project.',
  values: texts({
    OWNER: 'By default all permissions. Owners alone change the matrix of permissions, and make or remove owners.',
    ADMIN: 'By default all permissions.',
    MEMBER: 'By default reads, publishes and replays.',
    VIEWER: 'By default reads.',
    PROJECT_ADMIN: 'In one project: by default what an ADMIN has, except audit and members.',
  }),
});
export const Permission = builder.enumType(stored.Permission, {
  name: 'Permission',
  description: 'What a principal may do in an organization, or in one project of it.',
  values: texts({
    WEBHOOK_READ: 'Read webhooks, the delivery log, events, issues and live feeds.',
    WEBHOOK_MANAGE: 'Create, change, test and delete webhooks, and rotate their secrets.',
    DELIVERY_REPLAY: 'Retry, replay and recover deliveries.',
    EVENT_PUBLISH: 'Publish events.',
    INBOUND_MANAGE: 'Set issue integrations and inbound webhooks.',
    KEY_MANAGE: 'Create and end API keys and portal links.',
    AUDIT_READ: 'Read the audit log.',
    MEMBER_MANAGE: 'Add, change and remove members.',
    ORGANIZATION_MANAGE: 'Create and change projects and event types.',
    SECRET_REVEAL: 'See signing secrets again.',
    EVENT_ERASE: 'Erase what events held, and read the receipts.',
  }),
});
export const DisableCause = builder.enumType('DisableCause', {
  description: 'What disabled a webhook.',
  values: texts<Disabled>({
    FAILED_IN_A_ROW: 'So many attempts in a row failed as its profile bears.',
    FAILED_FOR_DAYS: 'Every attempt failed for as long as its profile bears.',
    DELIVERY_GIVEN_UP: 'A delivery failed for good, and none succeeded meanwhile.',
    RECEIVER: 'Its receiver answered that it wants no more deliveries, such as by 410.',
  }),
});
export const WebhookHealth = builder.enumType(stored.WebhookHealth, {
  name: 'WebhookHealth',
  description: 'A webhook’s state by its recent deliveries. A DISABLED webhook gets no deliveries.',
  values: texts({
    HEALTHY: 'Its deliveries arrive.',
    DEGRADED: 'Its latest deliveries failed; it still gets all.',
    DISABLED: 'It failed for so long that it gets none, until somebody enables it again.',
  }),
});
export const Direction = builder.enumType(stored.Direction, {
  name: 'Direction',
  description: 'Who sent a delivery to whom.',
  values: texts({
    OUTBOUND: 'Everhook sent an event to a webhook.',
    INBOUND: 'A tracker reported to a project’s inbound webhook.',
  }),
});
export const DeliveryStatus = builder.enumType(stored.DeliveryStatus, {
  name: 'DeliveryStatus',
  description: 'How far a delivery is. DELIVERED, FAILED and CANCELLED are its ends.',
  values: texts({
    PENDING: 'It waits for its first attempt.',
    SENDING: 'An attempt is under way.',
    RETRYING: 'An attempt failed, and it waits for the next one.',
    DELIVERED: 'The receiver accepted it.',
    FAILED: 'Its last attempt failed, and none is to come.',
    CANCELLED: 'It ended before it arrived; `statusReason` says why.',
    HELD: 'Its webhook is paused: it is sent when that is resumed.',
  }),
});
export const CancelCause = builder.enumType('CancelCause', {
  description: 'Why a delivery was cancelled.',
  values: {
    PERSON: { description: 'A person cancelled it. A recovery leaves it out.' },
    WEBHOOK_INACTIVE: { description: 'Its webhook was switched off when it came due.' },
    WEBHOOK_DISABLED: { description: 'Its webhook was disabled by its failures.' },
    WEBHOOK_DELETED: { description: 'Its webhook was deleted.' },
    EVENT_ERASED: { description: 'Its event was erased, or is gone with the old part of the log.' },
    TYPE_NOT_TAKEN: { description: 'Its webhook no longer took events of its type when it came due.' },
  },
});
export const AttemptOutcome = builder.enumType(stored.AttemptOutcome, {
  name: 'AttemptOutcome',
  description: 'How an attempt ended.',
  values: texts({
    SUCCEEDED: 'The receiver answered as its profile asks for.',
    HTTP_ERROR: 'The receiver answered with another status.',
    TIMEOUT: 'No whole answer came within the time limit.',
    DNS_ERROR: 'The host’s name could not be resolved.',
    CONNECT_ERROR: 'No connection came about, or it broke off.',
    TLS_ERROR: 'The certificate or the handshake was refused.',
    BLOCKED_ADDRESS: 'The host’s address is not public, so nothing was sent.',
    INVALID_RESPONSE: 'What came was no valid HTTP.',
  }),
});
export const PrincipalKind = builder.enumType('PrincipalKind', {
  description: 'What kind of credential a principal has.',
  values: texts<ActorKind>({
    OPERATOR: 'The installation’s operator, by the operator key.',
    API_KEY: 'A service, by an API key.',
    USER: 'A person, by a token of your identity provider.',
    PORTAL: 'A customer, by a portal link.',
  }),
});
/** `webhook.updated` as `WEBHOOK_UPDATED`. */
const enumName = (text: string) => text.replace('.', '_').toUpperCase();

/** What rows of a newer version may have, which this one does not know. */
export const other = 'other';

export const AuditActionEnum = builder.enumType('AuditAction', {
  description: 'What was done.',
  values: Object.fromEntries([
    ...Object.entries(auditActions).map(([value, description]) => [enumName(value), { value, description }] as const),
    ['OTHER', { value: other, description: 'Something that this version does not know: a newer one did it.' }] as const,
  ]) as Record<string, { value: AuditAction | typeof other; description: string }>,
});

export const AuditTargetType = builder.enumType('AuditTargetType', {
  description: 'What kind of thing was changed.',
  values: Object.fromEntries([
    ...auditTargets.map(
      (value) => [enumName(value), { value, description: `${articleOf(value)} ${value.replace('_', ' ')}.` }] as const,
    ),
    ['OTHER', { value: other, description: 'Something that this version does not know: a newer one did it.' }] as const,
  ]) as Record<string, { value: AuditTarget | typeof other; description: string }>,
});

export const EventTypeCompatibility = builder.enumType(stored.EventTypeCompatibility, {
  name: 'EventTypeCompatibility',
  description: 'For whom a change of an event type’s schema must break nothing.',
  values: texts({
    NONE: 'Any change is taken.',
    FORWARD: 'Consumers that know the old schema can read the new data: what receivers of webhooks need.',
    BACKWARD: 'Consumers that know the new schema can read the old data, such as replayed events.',
    FULL: 'Both.',
  }),
});

export const EventTypePart = builder.enumType(stored.EventTypePart, {
  name: 'EventTypePart',
  description: 'A part of an event type that a change may change.',
  values: texts({
    CATEGORY: 'The heading that groups it.',
    DESCRIPTION: 'What it says to people.',
    SCHEMA: 'What its events’ data must fit.',
    EXAMPLE: 'Its realistic data.',
    COMPATIBILITY: 'What a change of its schema must keep.',
    ARCHIVED: 'Whether it is archived.',
  }),
});
