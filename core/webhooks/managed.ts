import { requireIn, type Scope } from '../access/permissions.ts';
import type { Permission, Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { notFound } from '../ground/errors.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/** A webhook that is not deleted, and its scope. */
export interface ExistingWebhook extends Scope {
  readonly id: string;
  readonly profile: ProfileName;
}

/** @throws ApiError NOT_FOUND, or FORBIDDEN if the principal sees the webhook but lacks the permission */
export async function webhookFor(
  prisma: PrismaClient,
  principal: Principal,
  permission: Permission,
  id: string,
  field = 'input.id',
): Promise<ExistingWebhook> {
  const webhook = await prisma.webhook.findFirst({
    where: { AND: [visible(principal), { id, deletedAt: null }] },
    select: { id: true, organizationId: true, projectId: true, profile: true },
  });
  if (!webhook) throw notFound('webhook', field);
  requireIn(principal, permission, webhook, field);
  return webhook;
}
