/** A key of idempotency that no other call has; also where browsers keep `randomUUID` from a page, as from those of plain http. */
export const newKey = (): string => globalThis.crypto.randomUUID?.() ?? randomHex();

const randomHex = (): string =>
  Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
