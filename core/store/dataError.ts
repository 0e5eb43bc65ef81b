/**
 * Whether a statement failed because of its own data, and would fail again: SQLSTATE classes 21 (cardinality), 22 (data) and
 * 23 (constraints). All other errors are problems of the database or of the connection to it.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[123]/.test(String(error.code));
}

/** Whether a statement failed because it waited too long for a row that somebody else holds: `lock_not_available`. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
