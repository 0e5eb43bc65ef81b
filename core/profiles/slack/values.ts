/** How a JSON value reads in a message; null for what has nothing to show. */
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

const NAMES = [
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

/** What people call an object, where it has such a member. */
export function nameOf(object: Readonly<Record<string, unknown>>): string | null {
  return first(object, NAMES);
}

const ADDRESSES = ['url', 'html_url', 'web_url', 'link'];

/** Where an object can be looked at. */
export function addressOf(object: Readonly<Record<string, unknown>>): string | undefined {
  return first(object, ADDRESSES) ?? undefined;
}

/** Members that a message shows elsewhere, or that say nothing to people. */
export const isAside = (member: string) =>
  NAMES.includes(member) ||
  ADDRESSES.includes(member) ||
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
