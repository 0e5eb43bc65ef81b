import { type AuditTarget, auditTargets } from './actions.ts';

/** What an entry of the audit log is about, as it is by now. */
export interface TargetState {
  /** Its present name; where it is gone, its last one. Null where it has none, or none is known. */
  readonly name: string | null;
  /** Whether it is gone: deleted, removed or revoked. */
  readonly isGone: boolean;
}

/** The target of an entry: ids are unique within a kind and an organization. */
export interface TargetKey {
  readonly organizationId: string;
  readonly type: string;
  readonly id: string;
}

type Query = <Row>(text: string, ...values: unknown[]) => Promise<Row[]>;

/** Rows with an id: what they are called, and when they count as gone. A row that is missing is gone, too. */
const tables: Readonly<
  Partial<Record<AuditTarget, { table: string; name: string; gone: string; organization?: string }>>
> = {
  api_key: { table: 'api_key t', name: 't.name', gone: 't.revoked_at IS NOT NULL' },
  delivery: { table: 'delivery t', name: 't.event_type', gone: 'false' },
  erasure: { table: 'erasure t', name: 'NULL', gone: 'false' },
  event_type: { table: 'event_type t', name: 't.name', gone: 'false' },
  inbound_webhook: { table: 'inbound_webhook t', name: 't.provider::text', gone: 'false' },
  issue_integration: { table: 'issue_integration t', name: 't.provider::text', gone: 'false' },
  organization: { table: 'organization t', name: 't.name', gone: 't.deleted_at IS NOT NULL', organization: 't.id' },
  portal_link: { table: 'portal_link t', name: 't.name', gone: 't.revoked_at IS NOT NULL' },
  project: { table: 'project t', name: 't.name', gone: 't.deleted_at IS NOT NULL' },
  recovery: { table: 'recovery t LEFT JOIN webhook w ON w.id = t.webhook_id', name: 'w.name', gone: 'false' },
  webhook: { table: 'webhook t', name: 't.name', gone: 't.deleted_at IS NOT NULL' },
};

/** What an entry calls its target. A session is called by whose it was: of a key that is gone, the log itself knows the name. */
const calledBy = `coalesce(after->>'name', before->>'name', after->>'provider', before->>'provider',
  CASE WHEN target_type = 'session' THEN coalesce(before->>'userId',
    (SELECT k.name FROM api_key k WHERE k.id = (before->>'apiKeyId')::uuid AND k.organization_id = $1::uuid),
    (SELECT coalesce(k.after->>'name', k.before->>'name') FROM audit_event k
      WHERE k.organization_id = $1::uuid AND k.target_id = audit_event.before->>'apiKeyId' AND k.target_type = 'api_key'
      ORDER BY k.id DESC LIMIT 1)) END)`;

/** The last name that the log itself knows: its entries outlive what they are about. */
const lastNames = `
  SELECT wanted.id, named.name FROM unnest($2::text[]) AS wanted (id), LATERAL (
    SELECT ${calledBy} AS name
      FROM audit_event
     WHERE organization_id = $1::uuid AND target_id = wanted.id AND ${calledBy} IS NOT NULL
     ORDER BY id DESC LIMIT 1) AS named`;

const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Reads what entries of the audit log are about. The caller must have checked that the entries may be read. */
export async function readTargetStates(query: Query, keys: readonly TargetKey[]): Promise<TargetState[]> {
  const states = new Map<string, TargetState>();
  const textOf = ({ organizationId, type, id }: TargetKey) => `${organizationId} ${type} ${id}`;
  for (const organizationId of new Set(keys.map((key) => key.organizationId))) {
    const own = keys.filter((key) => key.organizationId === organizationId);
    for (const type of auditTargets) {
      const ids = [...new Set(own.flatMap((key) => (key.type === type ? [key.id] : [])))];
      if (ids.length === 0) continue;
      for (const { id, name, gone } of await present(query, organizationId, type, ids)) {
        states.set(textOf({ organizationId, type, id }), { name, isGone: gone });
      }
    }
    const unnamed = own.filter((key) => (states.get(textOf(key))?.name ?? null) === null && key.type !== 'erasure');
    const ids = [...new Set(unnamed.map(({ id }) => id))];
    const named = ids.length === 0 ? [] : await query<{ id: string; name: string }>(lastNames, organizationId, ids);
    const names = new Map(named.map(({ id, name }) => [id, name]));
    for (const key of unnamed) {
      const isGone = states.get(textOf(key))?.isGone ?? auditTargets.some((type) => type === key.type);
      states.set(textOf(key), { name: names.get(key.id) ?? null, isGone });
    }
  }
  return keys.map((key) => states.get(textOf(key)) ?? { name: null, isGone: true });
}

interface Found {
  readonly id: string;
  readonly name: string | null;
  readonly gone: boolean;
}

async function present(
  query: Query,
  organizationId: string,
  type: AuditTarget,
  ids: readonly string[],
): Promise<readonly Found[]> {
  if (type === 'role') return ids.map((id) => ({ id, name: id, gone: false }));
  if (type === 'member') {
    return query(
      `SELECT user_id AS id, coalesce(name, user_id) AS name, false AS gone FROM member
        WHERE organization_id = $1::uuid AND user_id = ANY($2::text[])`,
      organizationId,
      ids,
    );
  }
  if (type === 'session') {
    return query(
      `SELECT t.id::text AS id, coalesce(t.name, t.user_id, k.name) AS name,
              t.ended_at IS NOT NULL OR t.expires_at <= now() AS gone
         FROM session t LEFT JOIN api_key k ON k.id = t.api_key_id
        WHERE t.id = ANY($2::uuid[])
          AND (k.organization_id = $1::uuid
            OR t.user_id IN (SELECT user_id FROM member WHERE organization_id = $1::uuid))`,
      organizationId,
      ids.filter((id) => isUuid.test(id)),
    );
  }
  const source = tables[type];
  const uuids = ids.filter((id) => isUuid.test(id));
  if (!source || uuids.length === 0) return [];
  const { table, name, gone, organization = 't.organization_id' } = source;
  return query(
    `SELECT t.id::text AS id, ${name} AS name, ${gone} AS gone FROM ${table}
      WHERE t.id = ANY($2::uuid[]) AND ${organization} = $1::uuid`,
    organizationId,
    uuids,
  );
}
