import type { ClientBase } from 'pg';

/**
 * Locks an integration until the caller's transaction ends, so that an answer is never stored for an integration that now
 * leads to another tracker.
 *
 * @returns whether it is unchanged
 */
export async function lockIntegration(
  client: ClientBase,
  { id, changedAt }: { readonly id: string; readonly changedAt: Date },
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'hold_integration',
    text: 'SELECT 1 FROM issue_integration WHERE id = $1 AND changed_at = $2 FOR SHARE',
    values: [id, changedAt],
  });
  return rowCount === 1;
}
