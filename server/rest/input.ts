import { invalid } from '../errors.ts';

/** What a request says: its query and its body, checked against what is known. */

type Kind = 'string' | 'boolean' | 'strings' | 'string or null';
type ValueOf<K extends Kind> = K extends 'string'
  ? string
  : K extends 'boolean'
    ? boolean
    : K extends 'strings'
      ? string[]
      : string | null;

const described: Readonly<Record<Kind, string>> = {
  string: 'a string',
  boolean: 'true or false',
  strings: 'a list of strings',
  'string or null': 'a string or null',
};

function isA(kind: Kind, value: unknown): boolean {
  if (kind === 'strings') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return kind === 'string or null' ? value === null || typeof value === 'string' : typeof value === kind;
}

/**
 * The members of a JSON body, each of its kind. What is not named is left out; what is not known is refused, because it was
 * meant to do something.
 *
 * @throws ApiError VALIDATION_FAILED that names the member
 */
export function membersOf<Kinds extends Readonly<Record<string, Kind>>>(
  body: unknown,
  kinds: Kinds,
): { [Name in keyof Kinds]?: ValueOf<Kinds[Name]> } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid('body', `Send a JSON object${Object.keys(kinds).length === 0 ? '' : ` with ${listed(kinds)}`}.`);
  }
  for (const [name, value] of Object.entries(body)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw invalid(name.slice(0, 100), unknownMember(kinds));
    if (!isA(kind, value)) throw invalid(name, `"${name}" is ${described[kind]}.`);
  }
  return body as { [Name in keyof Kinds]?: ValueOf<Kinds[Name]> };
}

/** The parameters of a query string, each at most once. @throws ApiError VALIDATION_FAILED that names the parameter */
export function parametersOf<Name extends string>(
  query: URLSearchParams,
  known: readonly Name[],
): { [name in Name]?: string } {
  const found: { [name in Name]?: string } = {};
  for (const [name, value] of query) {
    const match = known.find((each) => each === name);
    if (match === undefined) throw invalid(name.slice(0, 100), unknownMember(known));
    if (found[match] !== undefined) throw invalid(name, `Give "${name}" once.`);
    found[match] = value;
  }
  return found;
}

const listed = (known: object) =>
  (Array.isArray(known) ? known : Object.keys(known)).map((name) => `"${name}"`).join(', ');

const unknownMember = (known: object) =>
  listed(known) === '' ? 'Nothing is to be given here.' : `This is not known here. Known are ${listed(known)}.`;
