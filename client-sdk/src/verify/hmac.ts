import { VerificationError } from './verificationError.ts';

/** One secret, or all live ones during a rotation. */
export type Secrets = string | readonly string[];

export function secretsOf(secrets: Secrets): readonly string[] {
  const several = Array.isArray(secrets);
  // A hole in a list counts as undefined.
  const list: readonly unknown[] = several ? Array.from(secrets) : [secrets];
  if (list.length === 0) throw invalidSecret('The list of secrets is empty');
  return list.map((secret, index) => {
    if (typeof secret === 'string' && secret !== '') return secret;
    const which = several ? `Secret ${index + 1} of ${list.length}` : 'The secret';
    throw invalidSecret(`${which} is ${secret === '' ? 'empty' : kindOf(secret)}`);
  });
}

/** Describes a value without showing its content. */
const kindOf = (value: unknown): string =>
  value === undefined || value === null
    ? `${value}`
    : `of type ${Array.isArray(value) ? 'array' : typeof value}, not text`;

const invalidSecret = (problem: string) =>
  new VerificationError(
    'invalid_secret',
    `${problem}: give the webhook’s secret as text, or a list of those that are live. Is the variable that holds it set?`,
  );

/** HMAC-SHA256 by WebCrypto, which Node, Bun, Deno, browsers and workers share. */
export async function hmacSha256(
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { subtle } = globalThis.crypto;
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, message));
}

/** Whether the bytes are equal, in constant time. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i % b.length] ?? 0);
  return difference === 0;
}

/**
 * Refuses the message unless one of the signatures is its HMAC under one of the keys. It computes one HMAC for each key, however
 * many signatures a header has.
 */
export async function requireSignature(
  signatures: readonly Uint8Array[],
  keys: readonly Uint8Array<ArrayBuffer>[],
  message: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (!(await isSigned(signatures, keys, message))) throw wrongSignature();
}

export async function isSigned(
  signatures: readonly Uint8Array[],
  keys: readonly Uint8Array<ArrayBuffer>[],
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let matches = false;
  for (const key of keys) {
    const expected = await hmacSha256(key, message);
    for (const signature of signatures) matches = equalInConstantTime(expected, signature) || matches;
  }
  return matches;
}

export const wrongSignature = () =>
  new VerificationError(
    'wrong_signature',
    'No signature matches the body: check the secret, and that the body is passed exactly as received.',
  );

/** The keys of systems that use the secret's UTF-8 bytes as the HMAC key. */
export const textKeys = (secrets: Secrets): Uint8Array<ArrayBuffer>[] =>
  secretsOf(secrets).map((secret) => new TextEncoder().encode(secret));

/** The bytes of a SHA-256 digest in hex, in either case; null for any other text. */
export function digestOfHex(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/i.test(text)) return null;
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));
}
