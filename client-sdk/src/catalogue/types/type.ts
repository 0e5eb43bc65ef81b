/** A TypeScript type, before it is text. */
export type Type =
  /** What needs no brackets: `string`, a name, a literal. */
  | { readonly is: 'word'; readonly word: string }
  | { readonly is: 'list'; readonly of: Type }
  | { readonly is: 'tuple'; readonly first: readonly Type[]; readonly needed: number; readonly rest: Type | null }
  | { readonly is: 'object'; readonly members: readonly Member[]; readonly others: Type | null }
  /** Objects whose members of these names, if there are any, have a type. */
  | { readonly is: 'members beside'; readonly names: readonly Beside[]; readonly of: Type }
  | { readonly is: 'any of'; readonly of: readonly Type[] }
  | { readonly is: 'all of'; readonly of: readonly Type[] };

/** Names that go on differently than some others: `i` and then anything but `d`. */
export interface Beside {
  readonly before: string;
  /** Characters. */
  readonly not: readonly string[];
}

export interface Member {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
  /** Lines of a comment; empty for none. */
  readonly comment: readonly string[];
}

export const word = (text: string): Type => ({ is: 'word', word: text });
export const unknown = word('unknown');
export const never = word('never');
/** Every JSON value: what a member has that must be there, whatever it is. */
export const present: Type = { is: 'any of', of: [word('{}'), word('null')] };

/** A union. What is in it twice comes once. */
export function anyOf(types: readonly Type[]): Type {
  const each = new Map<string, Type>();
  for (const type of types.flatMap((one) => (one.is === 'any of' ? one.of : [one]))) {
    if (type === never) continue;
    if (type === unknown) return unknown;
    each.set(typeText(type), type);
  }
  const [only = never, ...others] = each.values();
  return others.length === 0 ? only : { is: 'any of', of: [only, ...others] };
}

/** An intersection. */
export function allOf(types: readonly Type[]): Type {
  const each = new Map<string, Type>();
  for (const type of types.flatMap((one) => (one.is === 'all of' ? one.of : [one]))) {
    if (type === never) return never;
    if (type !== unknown) each.set(typeText(type), type);
  }
  const [only = unknown, ...others] = each.values();
  return others.length === 0 ? only : { is: 'all of', of: [only, ...others] };
}

/** A text as a literal of TypeScript, in single quotes. */
export const quoted = (text: string): string =>
  `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/\\(.)|['\u2028\u2029]/gs, (found, escaped?: string) => {
      if (escaped !== undefined) return escaped === '"' ? '"' : found;
      return found === "'" ? "\\'" : `\\u${found.charCodeAt(0).toString(16)}`;
    })}'`;

const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

/** A comment of these lines. Nothing in them can end it. */
export function commentText(lines: readonly string[], indent: string): string {
  if (lines.length === 0) return '';
  const safe = lines.map((line) => line.replaceAll('*/', '*\\/'));
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`;
  return `${indent}/**\n${safe.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

export function typeText(type: Type, indent = ''): string {
  switch (type.is) {
    case 'word':
      return type.word;
    case 'list':
      return `${bracketed(type.of, indent)}[]`;
    case 'tuple':
      return tupleText(type, indent);
    case 'object':
      return objectText(type, indent);
    case 'members beside':
      return `{ [Name in ${type.names.map(besideText).join(' | ')}]: ${typeText(type.of, indent)} }`;
    case 'any of':
      return type.of
        .map((one) => (one.is === 'all of' ? `(${typeText(one, indent)})` : typeText(one, indent)))
        .join(' | ');
    case 'all of':
      return type.of.map((one) => bracketed(one, indent)).join(' & ');
  }
}

const besideText = ({ before, not }: Beside): string =>
  `Beside<${quoted(before)}, ${not.length === 0 ? 'never' : not.map(quoted).join(' | ')}>`;

const bracketed = (type: Type, indent: string): string =>
  type.is === 'any of' || type.is === 'all of' ? `(${typeText(type, indent)})` : typeText(type, indent);

function tupleText({ first, needed, rest }: Type & { is: 'tuple' }, indent: string): string {
  const items = first.map((item, index) => (index < needed ? typeText(item, indent) : `${bracketed(item, indent)}?`));
  return `[${[...items, ...(rest === null ? [] : [`...${bracketed(rest, indent)}[]`])].join(', ')}]`;
}

function objectText({ members, others }: Type & { is: 'object' }, indent: string): string {
  if (members.length === 0 && others === null) return '{ [key: string]: never }';
  const inner = `${indent}  `;
  const lines = members.map(
    ({ name, type, optional, comment }) =>
      `${commentText(comment, inner)}${inner}${propertyName(name)}${optional ? '?' : ''}: ${typeText(type, inner)};\n`,
  );
  if (others !== null) lines.push(`${inner}[key: string]: ${typeText(others, inner)};\n`);
  return `{\n${lines.join('')}${indent}}`;
}
