/** A key of idempotency that no other call has. Made without `crypto.randomUUID`, which a page that came by plain http lacks. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
