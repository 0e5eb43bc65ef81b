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

/** Credentials of this product, and others with a recognizable form. Names that people give begin with the same words. */
const secretText =
  /\beh[kps]_[\w-]{20,}|\bwhsec_[\w+/=-]{32,}|\beyJ[\w-]{16,}\.[\w-]+\.[\w-]+|^[Bb]earer [\w.~+/=-]{16,}$/;

/** RFC 7617: a user's name, which may be empty, and after a colon the password, in base64. */
function isBasic(text: string): boolean {
  const [, encoded] = /^[Bb]asic ([A-Za-z\d+/]{8,}={0,2})$/.exec(text) ?? [];
  if (encoded === undefined) return false;
  const bytes = Buffer.from(encoded, 'base64');
  return [bytes.toString('utf8'), bytes.toString('latin1')].some((each) =>
    /^[^\p{Cc}\ufffd]*:[^\p{Cc}\ufffd]*$/u.test(each),
  );
}

const isSecret = (text: string): boolean => secretText.test(text) || isBasic(text);

/** A copy without credentials. Callers leave secrets out themselves; this is the second line of defence. */
export function withoutSecrets(value: AuditFields): AuditFields;
export function withoutSecrets(value: AuditValue): AuditValue;
export function withoutSecrets(value: AuditValue): AuditValue {
  if (typeof value === 'string') return isSecret(value) ? redacted : URL.canParse(value) ? bareUrl(value) : value;
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
