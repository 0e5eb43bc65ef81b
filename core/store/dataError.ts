/**
 * Whether a statement failed by what was asked of it, and would fail again: SQLSTATE classes 21 (cardinality), 22 (data) and
 * 23 (constraints). Everything else is the database's own trouble, or the way there.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[123]/.test(String(error.code));
}
