import { narrowed } from '../core/access/permissions.ts';
import { notFound } from '../core/ground/errors.ts';
import type { Context } from './context.ts';
import { idOrNull, type ScopeArgs, scopeOf } from './scopeArgs.ts';

/**
 * The tenant, project and webhook that arguments name, narrowed to what the principal may read: one that is restricted to a
 * project sees only that project. A webhook alone implies the scope that it belongs to.
 *
 * @throws ApiError NOT_FOUND, also for a webhook of another organization than the named one
 */
export async function webhookScope(
  context: Context,
  args: ScopeArgs & { readonly webhookId?: string | null | undefined },
): Promise<{ organizationId: string; projectId: string | null; webhookId: string | null }> {
  const { principal, services } = context;
  const webhookId = idOrNull(args.webhookId, 'webhook', 'webhookId');
  const ofWebhook = webhookId === null ? null : await services.webhooks.scopeOf(principal, webhookId);
  const named = args.organizationId != null || args.projectId != null;
  const asked = ofWebhook && !named ? ofWebhook : await scopeOf(context, args);
  const scope = narrowed(principal, 'WEBHOOK_READ', asked);
  if (ofWebhook && ofWebhook.organizationId !== scope.organizationId) throw notFound('webhook', 'webhookId');
  return { ...scope, webhookId };
}
