import type { ClientBase } from 'pg';

/**
 * Keeps an integration as it is until the caller's transaction ends: what was asked by it is not stored once it leads
 * elsewhere.
 *
 * @returns whether it still is what it was
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
