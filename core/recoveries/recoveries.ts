import type { Pool } from 'pg';
import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { once } from '../actions/actionKey.ts';
import { audit } from '../audit/audit.ts';
import type { DirectDeliveries } from '../deliveries/direct.ts';
import { requireSendable } from '../deliveries/sendable.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { Notifier } from '../live/notifier.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { RecoveryKind } from '../store/prisma/enums.ts';
import { requireRoom } from '../store/requireRoom.ts';
import { inTransaction } from '../store/transaction.ts';
import { webhookFor } from '../webhooks/managed.ts';
import { countRecoverable, type Recoverable, totalOf } from './recoverable.ts';
import type { LogFilter, Selection } from './selection.ts';

/** What to recover: of one webhook, or of all webhooks of a scope that get events now. */
export interface RecoveryRequest {
  /** The webhook, and the scope that it must lie in; or the scope that a filter names. */
  readonly of:
    | { readonly webhookId: string; readonly within: Scope | null; readonly field: string }
    | (Scope & { readonly field: string });
  /** Deliveries and events created at this time or later; null: from the beginning of the log. */
  readonly since: Date | null;
  /** Deliveries and events created before this time. Null, or a time in the future: now. */
  readonly until: Date | null;
  readonly include: readonly RecoveryKind[];
  readonly filter: LogFilter;
}

/**
 * Recoveries send again what FAILED or was CANCELLED by the state of its webhook, and for the first time the events that a webhook
 * MISSED.
 */
export interface Recoveries {
  /** Counts what a recovery would send now. @throws ApiError NOT_FOUND, FORBIDDEN or VALIDATION_FAILED */
  count(principal: Principal, request: RecoveryRequest): Promise<Recoverable>;
  /** @returns the recovery's id. @throws ApiError NOT_FOUND, FORBIDDEN, VALIDATION_FAILED, LIMIT_EXCEEDED or CONFLICT */
  begin(principal: Principal, request: RecoveryRequest & { readonly key: string | null }): Promise<string>;
  /** Ends a recovery. Deliveries that it has made already are still sent. */
  cancel(principal: Principal, id: string): Promise<void>;
}

/** Recoveries of many webhooks that run at once in an organization. */
const maxWide = 5;

/** The values of labels may name a person, and the audit log is never cleared: it has the keys alone. */
const auditedFilter = ({ labels, ...filter }: LogFilter) => ({
  ...filter,
  ...(labels ? { labels: labels.map(({ key }) => key) } : {}),
});

const tooMany = () =>
  new ApiError(
    'LIMIT_EXCEEDED',
    `${maxWide} recoveries of many webhooks are under way in this organization: wait for one, or end one with "cancelRecovery".`,
    'input.filter',
  );

export function createRecoveries(parts: {
  pool: Pool;
  prisma: PrismaClient;
  direct: DirectDeliveries;
  notifier: Notifier;
  /** Counting reads much: organizations take turns. */
  inTurn: <T>(organizationId: string, work: () => Promise<T>) => Promise<T>;
  /** Called for each new recovery, after the commit. */
  start: (recoveryId: string, organizationId: string) => void;
}): Recoveries {
  const { pool, prisma, direct, notifier, inTurn, start } = parts;
  const counted = (selection: Selection) => inTurn(selection.organizationId, () => countRecoverable(pool, selection));

  async function selectionOf(principal: Principal, request: RecoveryRequest): Promise<Selection> {
    const { of, since, until: to, include, filter } = request;
    const now = new Date();
    // With an end in the future, it would send what it has sent itself again, as often as that fails.
    const until = to !== null && to < now ? to : now;
    if (since !== null && since >= until) throw invalid('input.since', 'Give a time in the past, before "until".');
    const period = { since, until, include, filter };
    if ('webhookId' in of) {
      const { organizationId, projectId } = await webhookFor(
        prisma,
        principal,
        'DELIVERY_REPLAY',
        of.webhookId,
        of.field,
        { listeners: true },
      );
      const { within } = of;
      const isWithin =
        within === null || (within.organizationId === organizationId && (within.projectId ?? projectId) === projectId);
      if (!isWithin) throw notFound('webhook', of.field);
      return { ...period, organizationId, projectId, webhookId: of.webhookId };
    }
    requireIn(principal, 'DELIVERY_REPLAY', of, of.field);
    return { ...period, organizationId: of.organizationId, projectId: of.projectId, webhookId: null };
  }

  return {
    async count(principal, request) {
      return counted(await selectionOf(principal, request));
    },

    async begin(principal, { key, ...asked }) {
      const selection = await selectionOf(principal, asked);
      const { organizationId, projectId, webhookId, since, until, include, filter } = selection;
      const { field } = asked.of;
      const request = [
        'recover',
        webhookId ?? `${organizationId}/${projectId ?? ''}`,
        JSON.stringify([since, asked.until, include, filter]),
      ];
      // The count comes before the lock of the webhook: attempts cannot be recorded while the webhook is locked.
      const found = await counted(selection);
      const { id } = await direct.run(organizationId, ({ transaction, webhooks }) =>
        once(transaction, principal, { organizationId, key, request }, async () => {
          if (webhookId !== null) requireSendable((await webhooks([webhookId])).get(webhookId), field);
          else {
            const running = `webhook_id IS NULL AND state = 'RUNNING'`;
            await requireRoom(transaction, 'recovery', organizationId, running, maxWide, tooMany());
          }
          const total = totalOf(found);
          const { rows } = await transaction.query<{ id: string }>(
            `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, include, filter, total,
                                   total_is_at_least)
             VALUES ($1, $2, $3, $4, $5, $6, $7::recovery_kind[], $8, $9, $10)
             ON CONFLICT (webhook_id) WHERE state = 'RUNNING' DO NOTHING
             RETURNING id`,
            [
              newId(),
              organizationId,
              projectId,
              webhookId,
              since,
              until,
              include,
              JSON.stringify(filter),
              total,
              found.isAtLeast,
            ],
          );
          const [made] = rows;
          if (!made) {
            throw new ApiError(
              'CONFLICT',
              'A recovery of this webhook is under way: wait for it, or end it with "cancelRecovery".',
              field,
            );
          }
          await audit(transaction, principal, {
            organizationId,
            projectId,
            action: 'recovery.started',
            target: { type: 'recovery', id: made.id },
            after: { webhookId, since, until, include: [...include], filter: auditedFilter(filter), total },
          });
          return { id: made.id };
        }),
      );
      start(id, organizationId);
      return id;
    },

    async cancel(principal, id) {
      const recovery = await prisma.recovery.findFirst({
        where: { AND: [visible(principal), { id }] },
        select: { organizationId: true, projectId: true },
      });
      if (!recovery) throw notFound('recovery', 'input.id');
      requireIn(principal, 'DELIVERY_REPLAY', recovery, 'input.id');
      const { organizationId, projectId } = recovery;
      await inTransaction(prisma, organizationId, async (transaction) => {
        const { count } = await transaction.recovery.updateMany({
          where: { id, state: 'RUNNING' },
          data: {
            state: 'CANCELLED',
            reason: 'It was cancelled.',
            finishedAt: new Date(),
            changedAt: new Date(),
            version: { increment: 1 },
          },
        });
        if (count === 0) throw new ApiError('CONFLICT', 'This recovery has ended already.', 'input.id');
        await transaction.$executeRaw`UPDATE recovery SET filter = filter - 'labels' WHERE id = ${id}::uuid`;
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'recovery.cancelled',
          target: { type: 'recovery', id },
        });
      });
      notifier.changed(organizationId, [id], 'recovery');
    },
  };
}
