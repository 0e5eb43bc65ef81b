import { requireIn, type Scope } from '../access/permissions.ts';
import type { Permission, Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/** A webhook that is not deleted, and its scope. */
export interface ExistingWebhook extends Scope {
  readonly id: string;
  readonly profile: ProfileName;
}

/**
 * @param listeners - whether it may be a listener
 * @throws ApiError NOT_FOUND, FORBIDDEN if the principal sees the webhook but lacks the permission, or CONFLICT for a listener
 */
export async function webhookFor(
  prisma: PrismaClient,
  principal: Principal,
  permission: Permission,
  id: string,
  field = 'input.id',
  { listeners = false } = {},
): Promise<ExistingWebhook> {
  const found = await prisma.webhook.findFirst({
    where: { AND: [visible(principal), { id, deletedAt: null }] },
    select: { id: true, organizationId: true, projectId: true, profile: true, listenerExpiresAt: true },
  });
  if (!found) throw notFound('webhook', field);
  const { listenerExpiresAt, ...webhook } = found;
  requireIn(principal, permission, webhook, field);
  if (!listeners && listenerExpiresAt !== null) throw isListener(field);
  return webhook;
}

/** What is changed of webhooks makes no sense for those that live as long as a client listens. */
const isListener = (field: string) =>
  new ApiError(
    'CONFLICT',
    'This is a listener: it lives as it was made, until its client stops. End it and listen anew.',
    field,
  );
