import { ownScope, requireSomewhere, type Scope } from '../../core/access/permissions.ts';
import type { Principal } from '../../core/access/principal.ts';
import { visible } from '../../core/access/visible.ts';
import { onceIdempotent } from '../../core/actions/onceIdempotent.ts';
import { invalid, notFound } from '../../core/ground/errors.ts';
import { filterLabels, type Label } from '../../core/labels/label.ts';
import { scopesOf } from '../../core/listing/scopes.ts';
import type { PrismaClient } from '../../core/store/prisma/client.ts';
import type { Services } from '../../schema/services.ts';
import type { Handlers } from './handlers.ts';
import { answerOf, boundsOf, storeQuery } from './page.ts';
import { idOf } from './references.ts';
import { deliveryColumns, deliveryView, webhookColumns, webhookView } from './webhookView.ts';

const stillStopped = {
  DISABLED: 'The webhook is still disabled.',
  INACTIVE: 'The webhook is still switched off.',
  PAUSED: 'The webhook is still paused.',
} as const;

/** The host, for the default name. Whether the URL is allowed is checked elsewhere. */
const hostOf = (url: string): string => (URL.canParse(url) && new URL(url).host) || 'Webhook';

/** A label as the query string has it. */
function labelOf(text: string): Label {
  const [key = '', ...value] = text.split(':');
  if (value.length === 0) throw invalid('label', 'Give the key, a colon and the value: "customer:c_42".');
  return { key, value: value.join(':') };
}

/**
 * The webhooks of the task API. Each handler does the same as the matching GraphQL resolver, by the same functions.
 *
 * @param base - the path below which the installation is reached; empty for none
 */
export function createWebhookHandlers(services: Services, base: string): Omit<Handlers, 'publishEvents'> {
  const prisma = services.prisma as PrismaClient;
  const pathOf = (id: string) => `${base}/v1/webhooks/${id}`;

  /** Webhooks of other systems have other rules and are not shown here. */
  const visibleWebhooks = (principal: Principal) => ({
    AND: [visible(principal, 'WEBHOOK_READ'), { profile: 'TASKS' as const, deletedAt: null }],
  });

  /** The bytes of what webhooks show. A webhook may choose hundreds of types. */
  async function lengthOf(ids: readonly string[]): Promise<number> {
    const [sum] = await prisma.$queryRaw<{ bytes: bigint }[]>`
      SELECT coalesce(sum(octet_length(name) + octet_length(url) + coalesce(octet_length(description), 0)
                          + octet_length(array_to_json(event_types)::text)), 0)::bigint AS bytes
        FROM webhook WHERE id = ANY(${ids}::uuid[])`;
    return Number(sum?.bytes ?? 0);
  }

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
      const projectId = await idOf(services, principal, 'project', named, 'project_id');
      return { organizationId: await services.organizations.ofProject(principal, projectId, 'project_id'), projectId };
    }
    const own = ownScope(principal);
    if (!own) throw invalid('project_id', 'Name the project: this principal does not belong to one organization.');
    return own;
  }

  return {
    async createWebhook({ principal, idempotencyKey, body }) {
      const { url, events, secret, name, description, active, project_id } = body;
      const scope = await scopeOf(principal, project_id);
      // By default webhooks are told apart by their hosts.
      const named = name ?? hostOf(url).slice(0, 200);
      const input = { url, eventTypes: events, secret, name: named, description, active, profile: 'TASKS' as const };
      const created = await services.webhooks.create(principal, scope, input, idempotencyKey);
      const view = webhookView({ ...created, projectId: scope.projectId, active: active ?? true, state: null });
      // This profile is signed, so there is a secret.
      return {
        headers: { location: pathOf(created.id) },
        body: { ...view, secret: created.secret as string },
      };
    },

    async listWebhooks({ principal, query: { project_id, ...page }, answer }) {
      requireSomewhere(principal, 'WEBHOOK_READ');
      const scope = project_id === undefined ? {} : await scopeOf(principal, project_id);
      const seen = visibleWebhooks(principal);
      const { where, ...order } = storeQuery(page);
      const found = await prisma.webhook.findMany({
        where: { AND: [seen, scope, where] },
        select: { id: true },
        ...order,
      });
      // Whether more follow is known from here: one of them may be deleted before it is read.
      const ids = found.slice(0, order.take - 1).map(({ id }) => id);
      const endedAt = found.length === order.take ? (ids.at(-1) ?? null) : null;
      await answer.read(await lengthOf(ids));
      const rows = await prisma.webhook.findMany({
        where: { AND: [seen, scope, { id: { in: ids } }] },
        select: webhookColumns,
        orderBy: order.orderBy,
      });
      return { body: answerOf(page, rows, webhookView, endedAt) };
    },

    async readWebhook({ principal, id }) {
      return { body: await viewOf(principal, id) };
    },

    async updateWebhook({ principal, id, body: { active, events, ...changes } }) {
      await requireShown(principal, id);
      // In one step: what is switched off is not changed while it is on.
      if (events !== undefined || Object.keys(changes).length > 0) {
        await services.webhooks.update(principal, id, { ...changes, eventTypes: events, active });
      } else if (active !== undefined) await services.webhooks.setActive(principal, id, active);
      return { body: await viewOf(principal, id) };
    },

    async deleteWebhook({ principal, id }) {
      await requireShown(principal, id);
      await services.webhooks.remove(principal, id);
      return { body: undefined };
    },

    async testWebhook({ principal, id, idempotencyKey }) {
      await requireShown(principal, id);
      await services.webhooks.requireManaged(principal, id, 'id');
      const { deliveryId, stopped } = await services.sendTest(id, principal, idempotencyKey);
      const delivery = await prisma.delivery.findUniqueOrThrow({ where: { id: deliveryId }, select: deliveryColumns });
      const next =
        stopped === 'PAUSED' ? 'The mutation "resumeWebhook" resumes it.' : `POST ${pathOf(id)}/enable enables it.`;
      const note = stopped && `${stillStopped[stopped]} ${next}`;
      // As it is before its attempt, so that a repeated call gets the same answer.
      const pending = { ...delivery, status: 'PENDING' as const, responseCode: null, responseTimeMs: null };
      return { body: { ...deliveryView(pending), ...(note ? { note } : {}) } };
    },

    async enableWebhook({ principal, id, idempotencyKey }) {
      const { active, health } = await viewOf(principal, id);
      await services.webhooks.requireManaged(principal, id, 'id');
      const { organizationId } = await services.webhooks.scopeOf(principal, id);
      const action = { organizationId, key: idempotencyKey, request: ['enable', id] };
      const view = await onceIdempotent(prisma, principal, action, async () => {
        if (health === 'disabled') await services.reEnable(principal, id);
        if (!active) await services.webhooks.setActive(principal, id, true);
        return viewOf(principal, id);
      });
      return { body: view };
    },

    async listDeliveries({ principal, id, query: { label = [], ...page } }) {
      await requireShown(principal, id);
      const scope = await services.webhooks.scopeOf(principal, id);
      const seen = visible(principal, 'WEBHOOK_READ');
      const filter = { webhook: { id, ...scope }, labels: filterLabels(label.map(labelOf), 'label') };
      const { ids, endedAt } = await services.listing.deliveries(scopesOf(seen, {}), filter, ...boundsOf(page));
      const rows = await prisma.delivery.findMany({
        where: { AND: [seen, { id: { in: ids } }] },
        select: deliveryColumns,
        orderBy: { id: 'desc' },
      });
      return { body: answerOf(page, rows, deliveryView, endedAt) };
    },
  };
}
