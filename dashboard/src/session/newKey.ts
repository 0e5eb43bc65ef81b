/** A unique idempotency key. Made without `crypto.randomUUID`, which is missing on a page that was loaded by plain http. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
