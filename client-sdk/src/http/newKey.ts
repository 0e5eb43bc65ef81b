/** A unique idempotency key. It also works on plain http pages, where browsers have no `randomUUID`. */
export const newKey = (): string => globalThis.crypto.randomUUID?.() ?? randomHex();

const randomHex = (): string =>
  Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
