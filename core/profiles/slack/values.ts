/** A JSON value as text for a message; null where it has nothing to show. */
export function shown(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value.trim() === '' ? null : value;
    case 'number':
      return String(value);
    case 'boolean':
      return value ? 'yes' : 'no';
  }
  if (Array.isArray(value)) {
    const items = value.map(shown).filter((item) => item !== null);
    return items.length === 0 ? null : items.join(', ');
  }
  return value === null || value === undefined ? null : nameOf(value as Readonly<Record<string, unknown>>);
}

const nameMembers = [
  'name',
  'title',
  'display_name',
  'subject',
  'trip_number',
  'report_number',
  'invoice_number',
  'email',
  'key',
];

/** The name that people use for an object; null where it has no such member. */
export function nameOf(object: Readonly<Record<string, unknown>>): string | null {
  return first(object, nameMembers);
}

const addressMembers = ['url', 'html_url', 'web_url', 'link'];

/** The address of an object's page, where it has one. */
export function addressOf(object: Readonly<Record<string, unknown>>): string | undefined {
  return first(object, addressMembers) ?? undefined;
}

/** Members that a message shows elsewhere, or that mean nothing to people. */
export const isAside = (member: string) =>
  nameMembers.includes(member) ||
  addressMembers.includes(member) ||
  member === 'id' ||
  member.endsWith('_id') ||
  member === 'diff';

/** `due_date` as `Due date`. */
export function labelOf(member: string): string {
  const words = member
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\s.-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function first(object: Readonly<Record<string, unknown>>, members: readonly string[]): string | null {
  for (const member of members) {
    const value = Object.hasOwn(object, member) ? object[member] : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return null;
}
