import type { ClientBase } from 'pg';
import { newId } from '../ground/newId.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { AuditAction, AuditTarget } from './actions.ts';
import { type AuditFields, withoutSecrets } from './fields.ts';

/** The kinds of those who act. */
export type ActorKind = 'OPERATOR' | 'API_KEY' | 'USER' | 'PORTAL';

/** Who acted, and from where. */
export interface Actor {
  readonly kind: ActorKind;
  /** Unique among the actors of its kind. */
  readonly id: string;
  readonly origin?: {
    readonly address: string | null;
    readonly userAgent: string | null;
    readonly requestId?: string;
  };
}

/** One action for the audit log. */
export interface AuditEntry {
  readonly organizationId: string;
  readonly projectId?: string | null;
  readonly action: AuditAction;
  readonly target: { readonly type: AuditTarget; readonly id: string };
  /** The fields before and after; a creation or a removal has one of them. Never a secret. */
  readonly before?: AuditFields;
  readonly after?: AuditFields;
}

const statement = `
  INSERT INTO audit_event (id, organization_id, project_id, principal_kind, principal_id, action, target_type, target_id,
                           address, user_agent, request_id, before, after)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12::json, $13::json)`;

/**
 * Records an action in the audit log, in the action's own transaction, so that neither exists without the other.
 *
 * @param transaction - Prisma's, or a connection of the pool inside `BEGIN` and `COMMIT`
 */
export async function audit(
  transaction: Prisma.TransactionClient | ClientBase,
  actor: Actor,
  { organizationId, projectId = null, action, target, before, after }: AuditEntry,
): Promise<void> {
  const { origin } = actor;
  const values = [
    newId(),
    organizationId,
    projectId,
    actor.kind,
    actor.id,
    action,
    target.type,
    target.id,
    origin?.address ?? null,
    origin?.userAgent ?? null,
    origin?.requestId ?? null,
    before ? JSON.stringify(withoutSecrets(before)) : null,
    after ? JSON.stringify(withoutSecrets(after)) : null,
  ];
  if ('$executeRawUnsafe' in transaction) await transaction.$executeRawUnsafe(statement, ...values);
  else await transaction.query({ name: 'audit', text: statement, values });
}
