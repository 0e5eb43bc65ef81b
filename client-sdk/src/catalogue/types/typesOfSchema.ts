import {
  CatalogueError,
  isObject,
  keysOf,
  type Place,
  type Schema,
  SchemaDocument,
  type SchemaObject,
} from '../jsonSchema.ts';
import { besides } from './beside.ts';
import { commentOf } from './comment.ts';
import { allKinds, isOnlyReference, type Kind, Kinds, kindOf, valuesOf } from './kinds.ts';
import type { Names } from './names.ts';
import { allOf, anyOf, type Member, never, present, quoted, type Type, typeText, unknown, word } from './type.ts';

/** A type with a name, as it is declared. */
export interface Declaration {
  readonly name: string;
  readonly type: Type;
  readonly comment: readonly string[];
}

export interface TypeOptions {
  /**
   * Members that an open object may have without its schema naming them: `allowed`, as the schema says (`[key: string]: unknown`), or
   * `refused`, so that a misspelt member is an error of the compiler, and so is one that the schema would let pass.
   *
   * @default 'allowed'
   */
  readonly unnamedMembers?: 'allowed' | 'refused' | undefined;
}

/** Further declarations, beyond which a schema is refused: it would make a file that no editor opens. */
const maxDeclarations = 5_000;

/**
 * The type of a schema's values, and the declarations that it needs.
 *
 * A value that the schema accepts has the type. Where a type can say what a schema says, it refuses what the schema refuses; bounds,
 * patterns, `not` and their like cannot be said by types.
 *
 * @param prefix - what the declarations' names begin with
 * @param source - where the schema comes from, for errors
 * @throws CatalogueError that names the place of what cannot be read
 */
export function typesOfSchema(
  schema: unknown,
  prefix: string,
  names: Names,
  source: string,
  options: TypeOptions = {},
): Declaration[] {
  const writer = new Writer(new SchemaDocument(schema, source), prefix, names, options);
  return writer.write();
}

/** What of a schema's values is asked for. */
interface Asked {
  readonly kinds: ReadonlySet<Kind>;
  /** Another schema for the same object names all members that it may have. */
  readonly closed: boolean;
}

const everything: Asked = { kinds: new Set(allKinds), closed: false };

class Writer {
  readonly #document: SchemaDocument;
  readonly #kinds: Kinds;
  readonly #prefix: string;
  readonly #names: Names;
  readonly #open: boolean;
  /** Names by what they stand for. They are known before their types are, so that types can be recursive. */
  readonly #named = new Map<string, string>();
  readonly #declarations: Declaration[] = [];

  constructor(document: SchemaDocument, prefix: string, names: Names, { unnamedMembers = 'allowed' }: TypeOptions) {
    this.#document = document;
    this.#kinds = new Kinds(document);
    this.#prefix = prefix;
    this.#names = names;
    this.#open = unnamedMembers === 'allowed';
  }

  write(): Declaration[] {
    this.#declared(this.#document.root, everything, []);
    return this.#declarations;
  }

  /** The name of a schema's type, which is declared once. */
  #declared(place: Place, { kinds, closed }: Asked, hint: readonly string[]): Type {
    const possible = this.#kinds.of(place);
    const asked = { kinds: new Set([...kinds].filter((kind) => possible.has(kind))), closed };
    if (asked.kinds.size === 0 && place !== this.#document.root) return never;
    const key = `${place.pointer} ${closed} ${allKinds.filter((kind) => asked.kinds.has(kind))}`;
    const known = this.#named.get(key);
    if (known !== undefined) return word(known);
    const name = this.#name(hint);
    this.#named.set(key, name);
    const at = this.#declarations.push({ name, type: unknown, comment: commentOf(place.schema) }) - 1;
    this.#declarations[at] = { ...(this.#declarations[at] as Declaration), type: this.#typeOf(place, asked) };
    return word(name);
  }

  #name(hint: readonly string[]): string {
    if (this.#named.size + this.#declarations.length > maxDeclarations) {
      throw new CatalogueError(this.#prefix, `The schema needs more than ${maxDeclarations} types: simplify it.`);
    }
    return this.#names.give(this.#prefix, ...hint);
  }

  #typeOf(place: Place, asked: Asked): Type {
    const { schema } = place;
    if (isOnlyReference(schema)) {
      const target = this.#document.target(place);
      return this.#declared(target, asked, hintOf(target.pointer));
    }
    const possible = this.#kinds.of(place);
    const kinds = allKinds.filter((kind) => asked.kinds.has(kind) && possible.has(kind));
    if (kinds.length === allKinds.length && says(schema) === false) return unknown;
    return anyOf(kinds.map((kind) => this.#ofKind(place, kind, asked.closed)));
  }

  /** The values of one kind that a schema accepts. */
  #ofKind(place: Place, kind: Kind, closed: boolean): Type {
    const { schema } = place;
    if (typeof schema === 'boolean') return schema ? plain(kind, closed || !this.#open) : never;
    const values = valuesOf(schema);
    if (values) return anyOf(values.filter((value) => kindOf(value) === kind).map(literal));
    const closes = closed || this.#closes(schema);
    const asked: Asked = { kinds: new Set([kind]), closed: closes };
    const within = (...keys: (string | number)[]) => this.#typeOf(this.#document.within(place, ...keys), asked);
    const listed = (keyword: string): Type[] =>
      Array.isArray(schema[keyword]) ? schema[keyword].map((_, index) => within(keyword, index)) : [];
    const parts = [...listed('allOf')];
    if (schema.$ref !== undefined) {
      const target = this.#document.target(place);
      parts.unshift(this.#declared(target, asked, hintOf(target.pointer)));
    }
    for (const keyword of ['anyOf', 'oneOf']) if (Array.isArray(schema[keyword])) parts.push(anyOf(listed(keyword)));
    if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
      const branch = (keyword: 'then' | 'else') =>
        schema[keyword] === undefined ? plain(kind, closes) : within(keyword);
      parts.push(anyOf([allOf([within('if'), branch('then')]), branch('else')]));
    }
    const own = this.#own(place, schema, kind, closed);
    if (own !== null) parts.unshift(own);
    if (parts.length === 0) return plain(kind, closed || !this.#open);
    return allOf(parts);
  }

  /** What the schema's own keywords say about values of a kind; null for nothing. */
  #own(place: Place, schema: SchemaObject, kind: Kind, closed: boolean): Type | null {
    if (kind === 'object') return this.#object(place, schema, closed);
    if (kind === 'array') return this.#array(place, schema);
    return null;
  }

  #array(place: Place, schema: SchemaObject): Type | null {
    const { prefixItems, items, minItems, maxItems } = schema;
    const first = Array.isArray(prefixItems)
      ? prefixItems.map((_, index) => this.#member(place, 'prefixItems', index))
      : [];
    const rest = items === undefined ? unknown : this.#member(place, 'items');
    if (first.length === 0) return items === undefined ? null : listOf(rest);
    const most = typeof maxItems === 'number' ? maxItems : Number.POSITIVE_INFINITY;
    const kept = first.slice(0, most);
    const needed = Math.min(typeof minItems === 'number' ? minItems : 0, kept.length);
    return { is: 'tuple', first: kept, needed, rest: most <= first.length || rest === never ? null : rest };
  }

  #object(place: Place, schema: SchemaObject, closed: boolean): Type | null {
    const { properties, required, patternProperties, additionalProperties } = schema;
    const named = Object.keys(isObject(properties) ? properties : {});
    const needed = new Set(Array.isArray(required) ? (required as string[]) : []);
    const patterns = Object.keys(isObject(patternProperties) ? patternProperties : {});
    const unnamed = this.#unnamed(place, schema, patterns, closed);
    const members: Member[] = named.map((name) => this.#namedMember(place, name, !needed.has(name)));
    const only = this.#namesAllowed(place, schema);
    const known = new Set(named);
    for (const name of only ?? []) {
      if (known.has(name)) continue;
      known.add(name);
      members.push({ name, type: unnamed ?? never, optional: !needed.has(name), comment: [] });
    }
    for (const name of needed) {
      if (known.has(name)) continue;
      const type = unnamed === null && additionalProperties === false ? never : (unnamed ?? present);
      members.push({ name, type: type === unknown ? present : type, optional: false, comment: [] });
    }
    const saysNothing =
      members.length === 0 && patterns.length === 0 && additionalProperties === undefined && only === null;
    if (saysNothing) return null;
    if (only !== null || unnamed === null || unnamed === unknown) {
      return { is: 'object', members, others: only === null ? unnamed : null };
    }
    const others = members.length === 0 ? unnamed : this.#short({ name: 'others', type: unnamed }, place);
    // TypeScript wants the named members to fit what it says of all others.
    const short = members.map((member) => ({ ...member, type: this.#short(member, place) }));
    const absent = short.some(({ optional }) => optional) ? [word('undefined')] : [];
    const all = anyOf([others, ...short.map(({ type }) => type), ...absent]);
    const whole: Type = { is: 'object', members: short, others: all };
    if (typeText(all) === typeText(others)) return whole;
    // So it says of other names, as far as it can tell them from these, what only they may be.
    return allOf([whole, { is: 'members beside', names: besides(short.map(({ name }) => name)), of: others }]);
  }

  #namedMember(place: Place, name: string, optional: boolean): Member {
    const member = this.#document.within(place, 'properties', name);
    // TypeScript takes what every object inherits for a member of this name.
    const type = optional && name in Object.prototype ? unknown : this.#typeOf(member, everything);
    return { name, optional, type, comment: commentOf(member.schema) };
  }

  /** What members may be that no name says anything of; null where there are none. */
  #unnamed(place: Place, schema: SchemaObject, patterns: readonly string[], closed: boolean): Type | null {
    const { additionalProperties } = schema;
    const others =
      additionalProperties === false
        ? never
        : isObject(additionalProperties)
          ? this.#member(place, 'additionalProperties')
          : additionalProperties === undefined && (closed || this.#closes(schema) || !this.#open)
            ? // What a pattern says of its names, no type says without saying it of the names in other parts of the schema.
              patterns.length > 0 && (closed || isCombined(schema))
              ? unknown
              : never
            : unknown;
    const type = anyOf([...patterns.map((pattern) => this.#member(place, 'patternProperties', pattern)), others]);
    return type === never ? null : type;
  }

  /** The only names that members may have; null where they are not listed. */
  #namesAllowed(place: Place, schema: SchemaObject): readonly string[] | null {
    if (!isObject(schema.propertyNames)) return null;
    let names = this.#document.within(place, 'propertyNames');
    for (let steps = 0; isOnlyReference(names.schema) && steps < 20; steps++) names = this.#document.target(names);
    const values = typeof names.schema === 'boolean' ? null : valuesOf(names.schema);
    return values === null ? null : values.filter((value) => typeof value === 'string');
  }

  /** Whether the schema's objects have only members that it, or a schema that it applies to the same object, names. */
  #closes({ additionalProperties, unevaluatedProperties, ...others }: SchemaObject): boolean {
    if (additionalProperties !== undefined) return additionalProperties === false;
    return unevaluatedProperties === false && others.dependentSchemas === undefined && others.$dynamicRef === undefined;
  }

  #member(place: Place, ...keys: (string | number)[]): Type {
    return this.#typeOf(this.#document.within(place, ...keys), everything);
  }

  /** A type that is written twice is declared, so that texts do not double with every level. */
  #short({ type, name }: Pick<Member, 'name' | 'type'>, place: Place): Type {
    if (type.is === 'word') return type;
    const given = this.#name([...hintOf(place.pointer), name]);
    this.#declarations.push({ name: given, type, comment: [] });
    return word(given);
  }
}

/** Names for a schema, from the way to it: `/$defs/address` is `address`. */
const hintOf = (pointer: string): string[] => {
  const keys = keysOf(pointer);
  const named = Math.max(...['$defs', 'definitions', 'properties'].map((keyword) => keys.lastIndexOf(keyword)));
  return keys.slice(named + 1).slice(-2);
};

/** Whether a schema applies further ones to the same value. */
const isCombined = (schema: SchemaObject): boolean =>
  ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas'].some((keyword) => schema[keyword] !== undefined);

/** Whether a schema says anything about its values. */
const says = (schema: Schema): boolean => {
  if (typeof schema === 'boolean') return !schema;
  return Object.keys(schema).some((keyword) => speaking.has(keyword));
};

const speaking = new Set(
  [
    '$ref allOf anyOf oneOf if then else const enum type',
    'properties required additionalProperties patternProperties propertyNames unevaluatedProperties items prefixItems',
  ]
    .join(' ')
    .split(' '),
);

const listOf = (of: Type): Type => ({ is: 'list', of });

/** All values of a kind. */
function plain(kind: Kind, closed: boolean): Type {
  if (kind === 'array') return listOf(unknown);
  if (kind === 'object') return closed ? word('{}') : { is: 'object', members: [], others: unknown };
  return word(kind);
}

/** The type of one value. */
function literal(value: unknown): Type {
  if (typeof value === 'string') return word(quoted(value));
  if (Array.isArray(value)) return { is: 'tuple', first: value.map(literal), needed: value.length, rest: null };
  if (isObject(value)) {
    const members = Object.entries(value).map(([name, member]) => ({
      name,
      type: literal(member),
      optional: false,
      comment: [],
    }));
    return { is: 'object', members, others: null };
  }
  return word(String(value));
}
