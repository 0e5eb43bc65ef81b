/** What the audit log may hold of a thing: plain values by name. */
export type AuditFields = { readonly [name: string]: AuditValue | undefined };
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly AuditValue[]
  | { readonly [name: string]: AuditValue | undefined };

const redacted = '[redacted]';

/** Names under which credentials travel. */
const secretName =
  /^(secret|token|key|password|authorization|credentials?|cookie|digest)$|(Secret|Token|Password|Key)$/;

/** Credentials of this product, and of others whose form says what they are. */
const secretText = /\beh[kp]_[\w-]{20,}|\bwhsec_[\w+/=-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+|^(Bearer|Basic) /;

/**
 * A copy that holds no credential. Callers leave secrets out by themselves; this is what stands behind them.
 */
export function withoutSecrets(value: AuditFields): AuditFields;
export function withoutSecrets(value: AuditValue): AuditValue;
export function withoutSecrets(value: AuditValue): AuditValue {
  if (typeof value === 'string')
    return secretText.test(value) ? redacted : URL.canParse(value) ? bareUrl(value) : value;
  if (Array.isArray(value)) return value.map((each: AuditValue) => withoutSecrets(each));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      if (each === undefined) return [];
      return [[name, secretName.test(name) && each !== null ? redacted : withoutSecrets(each)]];
    }),
  );
}

/** A URL by which its server is known, without the parts that are passwords as often as not. */
function bareUrl(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return text;
  const { username, password, search, hash } = url;
  if (`${username}${password}${search}${hash}` === '') return text;
  return `${url.origin}${url.pathname}${search === '' ? '' : '?…'}`;
}

/** Of two states, the fields that differ: what a change changed, and nothing else. */
export function changedFields(before: AuditFields, after: AuditFields): { before: AuditFields; after: AuditFields } {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (fields: AuditFields) => Object.fromEntries(names.map((name) => [name, fields[name]]));
  return { before: pick(before), after: pick(after) };
}
