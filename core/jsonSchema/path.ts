const longestName = 128;

/** The path of a member of what is at a path: `data.labels`, `data.labels[0]`. Names may be as long as a value; here they are not. */
export function memberPath(path: string, member: string | number): string {
  if (typeof member === 'number') return `${path}[${member}]`;
  return `${path}.${member.length > longestName ? `${member.slice(0, longestName).toWellFormed()}…` : member}`;
}
