/** A key of idempotency that no other call has. Made without `crypto.randomUUID`, which browsers keep from pages of plain http. */
export const newKey = (): string =>
  Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
