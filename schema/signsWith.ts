import { may } from '../core/access/permissions.ts';
import { builder } from './builder.ts';
import { Webhook } from './webhook.ts';

/** Opening a secret takes longer than reading a column. */
const openCost = 5;

builder.prismaObjectFields(Webhook, (t) => ({
  signsWith: t.field({
    type: 'Boolean',
    nullable: true,
    description:
      'Whether this secret is the active one, for programs that keep a webhook as a file says. False where it has none. Null for principals that may not rotate it.',
    complexity: { field: openCost, multiplier: 1 },
    args: { secret: t.arg.string({ required: true, description: 'The secret to compare.' }) },
    select: {
      organizationId: true,
      projectId: true,
      secrets: { select: { id: true, sealed: true, state: true, retiresAt: true, extendedAt: true } },
    },
    resolve: ({ organizationId, projectId, secrets }, { secret }, { principal, services }) => {
      if (!may(principal, 'WEBHOOK_MANAGE', { organizationId, projectId })) return null;
      const active = secrets.find(({ state }) => state === 'ACTIVE');
      return active !== undefined && services.signsWith(active, secret);
    },
  }),
}));
