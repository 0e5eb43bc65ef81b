const maxNameLength = 128;

/** The path of a member: `data.labels`, `data.labels[0]`. Names may be as long as a value; they are shortened here. */
export function memberPath(path: string, member: string | number): string {
  if (typeof member === 'number') return `${path}[${member}]`;
  return `${path}.${member.length > maxNameLength ? `${member.slice(0, maxNameLength).toWellFormed()}…` : member}`;
}
