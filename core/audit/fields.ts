/** The fields of an object in the audit log: plain values by name. */
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

/** Names of fields that hold credentials. */
const secretName =
  /^(secret|token|key|password|authorization|credentials?|cookie|digest)$|(Secret|Token|Password|Key)$/;

/** Credentials of this product, and others with a recognizable form. */
const secretText = /\beh[kps]_[\w-]{20,}|\bwhsec_[\w+/=-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+|^(Bearer|Basic) /;

/** A copy without credentials. Callers leave secrets out themselves; this is the second line of defence. */
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

/** A URL without the parts that often hold passwords. */
function bareUrl(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return text;
  const { username, password, search, hash } = url;
  if (`${username}${password}${search}${hash}` === '') return text;
  return `${url.origin}${url.pathname}${search === '' ? '' : '?…'}`;
}

/** The fields that differ between two states. */
export function changedFields(before: AuditFields, after: AuditFields): { before: AuditFields; after: AuditFields } {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (fields: AuditFields) => Object.fromEntries(names.map((name) => [name, fields[name]]));
  return { before: pick(before), after: pick(after) };
}
