import { ownScope, requireSomewhere, type Scope } from '../../core/access/permissions.ts';
import type { Principal } from '../../core/access/principal.ts';
import { visible } from '../../core/access/visible.ts';
import { invalid, notFound } from '../../core/ground/errors.ts';
import { parseId } from '../../core/ground/parseId.ts';
import type { PrismaClient } from '../../core/store/prisma/client.ts';
import type { Services } from '../../schema/services.ts';
import type { Handlers } from './handlers.ts';
import { answerOf, storeQuery } from './page.ts';
import { deliveryColumns, deliveryView, webhookColumns, webhookView } from './webhookView.ts';

const stillStopped = {
  DISABLED: 'The webhook is still disabled.',
  INACTIVE: 'The webhook is still switched off.',
} as const;

/** The host, for the default name. Whether the URL is allowed is checked elsewhere. */
const hostOf = (url: string): string => (URL.canParse(url) && new URL(url).host) || 'Webhook';

/** The webhooks of the task API. Each handler does the same as the matching GraphQL resolver, by the same functions. */
export function createWebhookHandlers(services: Services): Omit<Handlers, 'publishEvents'> {
  const prisma = services.prisma as PrismaClient;

  /** Webhooks of other systems have other rules and are not shown here. */
  const visibleWebhooks = (principal: Principal) => ({
    AND: [visible(principal, 'WEBHOOK_READ'), { profile: 'TASKS' as const, deletedAt: null }],
  });

  async function requireShown(principal: Principal, id: string): Promise<void> {
    await viewOf(principal, id);
  }

  async function viewOf(principal: Principal, id: string) {
    requireSomewhere(principal, 'WEBHOOK_READ');
    const where = { ...visibleWebhooks(principal), id };
    const row = await prisma.webhook.findFirst({ where, select: webhookColumns });
    if (!row) throw notFound('webhook', 'id');
    return webhookView(row);
  }

  /** The named project, or the principal's own: its project, or its whole organization. */
  async function scopeOf(principal: Principal, named: string | undefined): Promise<Scope> {
    if (named !== undefined) {
      const projectId = parseId(named) ?? (await services.references.find(principal, 'project', named, 'project_id'));
      if (projectId === null) throw notFound('project', 'project_id');
      return { organizationId: await services.organizations.ofProject(principal, projectId, 'project_id'), projectId };
    }
    const own = ownScope(principal);
    if (!own) throw invalid('project_id', 'Name the project: this principal does not belong to one organization.');
    return own;
  }

  return {
    async createWebhook({ principal, body: { url, events, secret, name, description, project_id } }) {
      const scope = await scopeOf(principal, project_id);
      const created = await services.webhooks.create(principal, scope, {
        url,
        eventTypes: events,
        secret,
        // By default webhooks are told apart by their hosts.
        name: name ?? hostOf(url).slice(0, 200),
        description,
        profile: 'TASKS',
      });
      return {
        // This profile is signed, so there is a secret.
        headers: { location: `/v1/webhooks/${created.id}` },
        body: { ...(await viewOf(principal, created.id)), secret: created.secret as string },
      };
    },

    async listWebhooks({ principal, query: { project_id, ...page } }) {
      requireSomewhere(principal, 'WEBHOOK_READ');
      const scope = project_id === undefined ? {} : await scopeOf(principal, project_id);
      const { where, ...order } = storeQuery(page);
      const rows = await prisma.webhook.findMany({
        where: { AND: [visibleWebhooks(principal), scope, where] },
        select: webhookColumns,
        ...order,
      });
      return { body: answerOf(page, rows, webhookView) };
    },

    async readWebhook({ principal, id }) {
      return { body: await viewOf(principal, id) };
    },

    async updateWebhook({ principal, id, body: { active, events, ...changes } }) {
      await requireShown(principal, id);
      if (events !== undefined || Object.keys(changes).length > 0) {
        await services.webhooks.update(principal, id, { ...changes, eventTypes: events });
      }
      if (active !== undefined) await services.webhooks.setActive(principal, id, active);
      return { body: await viewOf(principal, id) };
    },

    async deleteWebhook({ principal, id }) {
      await requireShown(principal, id);
      await services.webhooks.remove(principal, id);
      return { body: undefined };
    },

    async testWebhook({ principal, id }) {
      await requireShown(principal, id);
      await services.webhooks.requireManaged(principal, id, 'id');
      const { deliveryId, stopped } = await services.sendTest(id, principal);
      const delivery = await prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId }, select: deliveryColumns });
      const note = stopped && `${stillStopped[stopped]} POST /v1/webhooks/${id}/enable enables it.`;
      return { body: { ...deliveryView(delivery), ...(note ? { note } : {}) } };
    },

    async enableWebhook({ principal, id }) {
      const { active, health } = await viewOf(principal, id);
      await services.webhooks.requireManaged(principal, id, 'id');
      if (health === 'disabled') await services.reEnable(principal, id);
      if (!active) await services.webhooks.setActive(principal, id, true);
      return { body: await viewOf(principal, id) };
    },

    async listDeliveries({ principal, id, query }) {
      await requireShown(principal, id);
      const { where, ...order } = storeQuery(query);
      const scope = await services.webhooks.scopeOf(principal, id);
      const rows = await prisma.delivery.findMany({
        // All webhooks belong to one organization, which leads the lists' indexes.
        where: {
          AND: [visible(principal, 'WEBHOOK_READ'), { webhookId: id, organizationId: scope.organizationId }, where],
        },
        select: deliveryColumns,
        ...order,
      });
      return { body: answerOf(query, rows, deliveryView) };
    },
  };
}
