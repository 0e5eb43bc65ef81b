/** The number of items or members of a keyword's value, without those nested deeper; 1 for any other value. */
export function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
}
