import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts values that must be read again: signing secrets, credential URLs, a webhook's custom headers. */
export interface KeyRing {
  /** Encrypts under the newest key. A value sealed for one `context` opens for that context alone. */
  seal(plaintext: string, context: string): Buffer;
  /** @throws {SealError} when the key is not in the ring, the context is another, or the bytes were changed. */
  open(sealed: Uint8Array, context: string): string;
  /** The same for what goes on without the value: null where it cannot be opened. */
  openOrNull(sealed: Uint8Array, context: string): string | null;
  /** Whether the bytes were sealed under an older key than the newest. */
  needsReseal(sealed: Uint8Array): boolean;
  /** The ids of its keys, the newest first. */
  readonly ids: readonly string[];
}

/** A sealed value cannot be opened. The message contains neither key nor content. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

const version = 1;
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const idPattern = /^[A-Za-z0-9_-]{1,32}$/;
const keyPattern = /^[A-Za-z0-9+/]{43}=?$/;

/** A new entry for `EVERHOOK_ENCRYPTION_KEYS`: `<id>:<base64 of 32 random bytes>`. */
export function generateKey(): string {
  return `${randomBytes(4).toString('hex')}:${randomBytes(keyBytes).toString('base64')}`;
}

/**
 * Reads a key ring: comma-separated `<id>:<base64 of 32 bytes>`, the newest first. The newest seals; all of them open.
 *
 * @throws {Error} that names the position of the invalid entry, never its text.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = text.split(',').map((entry, index) => parseKey(entry.trim(), index + 1));
  const byId = new Map<string, Key>();
  keys.forEach((key, index) => {
    if (byId.has(key.id))
      throw new Error(`Encryption key ${index + 1} has the id of an earlier one: give each its own.`);
    byId.set(key.id, key);
  });
  return ringOf(keys[0] as Key, byId);
}

function parseKey(entry: string, position: number): Key {
  const colon = entry.indexOf(':');
  const id = entry.slice(0, colon);
  const encoded = entry.slice(colon + 1);
  if (colon < 0 || !idPattern.test(id) || !keyPattern.test(encoded)) {
    throw new Error(
      `Encryption key ${position} is not of the form <id>:<base64 of ${keyBytes} bytes>, where the id is 1 to 32 letters, digits, - or _.`,
    );
  }
  return { id, bytes: Buffer.from(encoded, 'base64') };
}

/**
 * Sealed bytes: version (1), length of the key id (1), key id, nonce (12), ciphertext, tag (16). Everything before the
 * nonce is authenticated together with the context, so that neither can be replaced.
 */
function ringOf(newest: Key, byId: ReadonlyMap<string, Key>): KeyRing {
  const header = Buffer.concat([Buffer.from([version, newest.id.length]), Buffer.from(newest.id, 'latin1')]);
  const ring: KeyRing = {
    seal(plaintext, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', newest.bytes, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
      return Buffer.concat([header, nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, context) {
      const { id, nonceAt } = readHeader(sealed);
      const key = byId.get(id);
      if (!key) {
        throw new SealError(
          `Sealed under the key "${id}", which is not in the ring: put it back behind the newest one.`,
        );
      }
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const tagAt = bytes.length - tagBytes;
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(nonceAt, nonceAt + nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.concat([bytes.subarray(0, nonceAt), Buffer.from(context)]));
      decipher.setAuthTag(bytes.subarray(tagAt));
      try {
        return decipher.update(bytes.subarray(nonceAt + nonceBytes, tagAt), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new SealError('The sealed bytes were changed, or belong to another row, or their key has another value.');
      }
    },

    openOrNull(sealed, context) {
      try {
        return ring.open(sealed, context);
      } catch (error) {
        if (error instanceof SealError) return null;
        throw error;
      }
    },

    needsReseal: (sealed) => readHeader(sealed).id !== newest.id,

    ids: [...byId.keys()],
  };
  return ring;
}

function readHeader(sealed: Uint8Array): { id: string; nonceAt: number } {
  const nonceAt = 2 + (sealed[1] ?? 0);
  const id = Buffer.from(sealed.subarray(2, nonceAt)).toString('latin1');
  if (sealed[0] !== version || sealed.length < nonceAt + nonceBytes + tagBytes || !idPattern.test(id)) {
    throw new SealError('These are not sealed bytes.');
  }
  return { id, nonceAt };
}
