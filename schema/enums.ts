import { actorKinds } from '../core/audit/audit.ts';
import * as stored from '../core/store/prisma/enums.ts';
import { builder } from './builder.ts';

export const Profile = builder.enumType(stored.Profile, {
  name: 'Profile',
  description: 'A wire contract: with it, deliveries look and behave like one system’s webhooks.',
});
export const Role = builder.enumType(stored.Role, {
  name: 'Role',
  description: 'A role in an organization; PROJECT_ADMIN is a role in a project.',
});
export const Permission = builder.enumType(stored.Permission, { name: 'Permission' });
export const WebhookHealth = builder.enumType(stored.WebhookHealth, {
  name: 'WebhookHealth',
  description: 'A webhook’s state by its recent deliveries. A DISABLED webhook gets no deliveries.',
});
export const Direction = builder.enumType(stored.Direction, { name: 'Direction' });
export const DeliveryStatus = builder.enumType(stored.DeliveryStatus, { name: 'DeliveryStatus' });
export const CancelCause = builder.enumType('CancelCause', {
  description: 'Why a delivery was cancelled.',
  values: {
    PERSON: { description: 'A person cancelled it. A recovery leaves it out.' },
    WEBHOOK_INACTIVE: { description: 'Its webhook was switched off when it came due.' },
    WEBHOOK_DISABLED: { description: 'Its webhook was disabled by its failures.' },
    WEBHOOK_DELETED: { description: 'Its webhook was deleted.' },
    TYPE_NOT_TAKEN: { description: 'Its webhook no longer took events of its type when it came due.' },
  },
});
export const AttemptOutcome = builder.enumType(stored.AttemptOutcome, { name: 'AttemptOutcome' });
export const PrincipalKind = builder.enumType('PrincipalKind', {
  values: actorKinds,
});
export const EventTypePart = builder.enumType(stored.EventTypePart, {
  name: 'EventTypePart',
  description: 'A part of an event type that a change may change.',
});
