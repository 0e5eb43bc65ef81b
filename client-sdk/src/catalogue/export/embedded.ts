import { type Place, type Schema, SchemaDocument, subschemas } from '../jsonSchema.ts';
import { rewriteParts } from './parts.ts';
import { Pieces, type Work } from './work.ts';

/** Names of a schema's parts, which mean nothing where references lead by the document, and definitions, which are placed anew. */
const own = ['$id', '$schema', '$anchor', '$dynamicAnchor', '$dynamicRef'];
const definitions = ['$defs', 'definitions'];

/**
 * A schema as a part of another document: its references lead there by the whole way.
 *
 * @param at - its place in the document: `#/components/schemas/order.paid`
 */
export function* embedded(schema: unknown, at: string, name: string): Work<Schema> {
  const document = new SchemaDocument(schema, name);
  return usesDynamic(document.root.schema) ? yield* unrolled(document, at) : yield* inPlace(document, at);
}

/** Every part stays where it is. */
function* inPlace(document: SchemaDocument, at: string): Work<Schema> {
  const pieces = new Pieces();
  function* rewritten(place: Place): Work<Schema> {
    if (pieces.next()) yield pieces.end();
    if (typeof place.schema === 'boolean') return place.schema;
    const made = without(place.schema, own);
    if (typeof made.$ref === 'string') made.$ref = at + encoded(document.target(place).pointer);
    yield* rewriteParts(made, (_, keys) => rewritten(document.within(place, ...keys)));
    return made;
  }
  const whole = yield* rewritten(document.root);
  yield pieces.end();
  return whole;
}

/** More copies than these are not made, and none after so many schemas: where they would be, anything fits. */
const maxCopies = 1_000;
const maxSchemas = 50_000;

/**
 * What a `$dynamicRef` means depends on the way to it, and most readers of such documents do not know it. So each part is written once for
 * each meaning, with plain references.
 */
function* unrolled(document: SchemaDocument, at: string): Work<Schema> {
  const pieces = new Pieces();
  const scopes = new Scopes();
  const names = new Map<Place, Map<Scope, string>>();
  const waiting: { readonly name: string; readonly place: Place; readonly scope: Scope }[] = [];
  const rootScope = scopes.entered(document.root, scopes.outermost);
  let schemas = 0;

  function referenceTo(place: Place, from: Scope): string | undefined {
    const scope = scopes.entered(place, from);
    if (place === document.root && scope === rootScope) return at;
    const byScope = names.get(place) ?? new Map<Scope, string>();
    names.set(place, byScope);
    let name = byScope.get(scope);
    if (name === undefined) {
      if (waiting.length >= maxCopies || schemas + scopes.looks >= maxSchemas) return undefined;
      name = `part_${waiting.length + 1}`;
      byScope.set(scope, name);
      waiting.push({ name, place, scope });
    }
    return `${at}/$defs/${name}`;
  }

  function* rewritten(place: Place, scope: Scope): Work<Schema> {
    schemas += 1;
    if (pieces.next()) yield pieces.end();
    const { schema } = place;
    if (typeof schema === 'boolean') return schema;
    const made = without(schema, [...own, ...definitions, '$ref']);
    const references: (string | undefined)[] = [];
    if (schema.$ref !== undefined) references.push(referenceTo(document.target(place), scope));
    if (schema.$dynamicRef !== undefined) {
      const { first, anchor } = document.dynamicReference(place);
      const outermost = anchor === null ? undefined : scope.anchors.get(anchor);
      references.push(referenceTo(outermost ?? first, scope));
    }
    yield* rewriteParts(made, (_, keys) => {
      const inner = document.within(place, ...keys);
      return rewritten(inner, scopes.entered(inner, scope));
    });
    const [$ref, ...others] = references.filter((reference) => reference !== undefined);
    if ($ref !== undefined) made.$ref = $ref;
    if (others.length > 0) made.allOf = [...((made.allOf as []) ?? []), ...others.map((other) => ({ $ref: other }))];
    return made;
  }

  const root = (yield* rewritten(document.root, rootScope)) as Record<string, unknown>;
  const parts: Record<string, Schema> = {};
  // Those that are written add more.
  for (const { name, place, scope } of waiting) {
    parts[name] = schemas + scopes.looks < maxSchemas ? yield* rewritten(place, scope) : true;
  }
  yield pieces.end();
  return waiting.length === 0 ? root : { ...root, $defs: parts };
}

/** Which schema each `$dynamicAnchor` means on the way to a part. Scopes that say the same are one. */
interface Scope {
  readonly anchors: ReadonlyMap<string, Place>;
  /** The scopes within it, by what is entered. */
  readonly within: Map<Place['resource'], Scope>;
}

class Scopes {
  readonly outermost: Scope = { anchors: new Map(), within: new Map() };
  readonly #known = new Map<string, Scope>([['', this.outermost]]);
  readonly #ids = new Map<Place, number>();
  /** Anchors that were looked at. */
  looks = 0;

  /** The anchors that hold within a schema: those from further out win. */
  entered({ resource }: Place, scope: Scope): Scope {
    let inner = scope.within.get(resource);
    if (inner) return inner;
    this.looks += resource.dynamicAnchors.size;
    const more = [...resource.dynamicAnchors].filter(([name]) => !scope.anchors.has(name));
    inner = more.length === 0 ? scope : this.#one(new Map([...scope.anchors, ...more]));
    scope.within.set(resource, inner);
    return inner;
  }

  #one(anchors: ReadonlyMap<string, Place>): Scope {
    this.looks += anchors.size;
    // A place tells the name of its anchor, too.
    const key = [...anchors.values()]
      .map((place) => this.#idOf(place))
      .sort((one, other) => one - other)
      .join();
    const known = this.#known.get(key);
    if (known) return known;
    const scope = { anchors, within: new Map() };
    this.#known.set(key, scope);
    return scope;
  }

  #idOf(place: Place): number {
    const id = this.#ids.get(place) ?? this.#ids.size + 1;
    this.#ids.set(place, id);
    return id;
  }
}

function usesDynamic(schema: Schema): boolean {
  if (typeof schema === 'boolean') return false;
  if (schema.$dynamicRef !== undefined) return true;
  for (const [inner] of subschemas(schema)) if (usesDynamic(inner)) return true;
  return false;
}

const without = (schema: object, keywords: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));

const encoded = (pointer: string): string => pointer.split('/').map(encodeURIComponent).join('/');
