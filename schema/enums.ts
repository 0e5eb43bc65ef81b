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
export const AttemptOutcome = builder.enumType(stored.AttemptOutcome, { name: 'AttemptOutcome' });
export const PrincipalKind = builder.enumType('PrincipalKind', {
  values: actorKinds,
});
export const EventTypePart = builder.enumType(stored.EventTypePart, {
  name: 'EventTypePart',
  description: 'A part of an event type that a change may change.',
});
