import { ApiError, invalid } from '../ground/errors.ts';
import { isObject } from '../json/isObject.ts';
import { isSchema, problemOf, type Schema, subschemaKeywords } from './keywords.ts';
import { memberPath } from './path.ts';
import { Pieces } from './pieces.ts';
import { sizeOf } from './sizeOf.ts';

const draft = 'https://json-schema.org/draft/2020-12/schema';
/** The URI of a schema without an `$id`. It is used only inside the document. */
const defaultUri = 'schema:///';

/** A part of a document that has a URI, so that references can name it: the root, and each schema with an `$id`. */
export interface Resource {
  readonly uri: string;
  readonly root: Place;
  /** Schemas named by `$anchor` or `$dynamicAnchor`. */
  readonly anchors: Map<string, Place>;
  readonly dynamicAnchors: Map<string, Place>;
  /** References that were resolved, and their targets. */
  readonly found: Map<string, Place>;
}

/** A schema inside a document. */
export interface Place {
  readonly schema: Schema;
  /** Where it is, as a field's path. */
  readonly path: string;
  readonly resource: Resource;
}

/** Approximate steps of reading: per schema, per keyword, and per item or member of a keyword's value; per character of a reference. */
const stepsPerSchema = 60;
const stepsPerKeyword = 40;
const stepsPerItem = 20;
const stepsPerCharacter = 10;

/** A schema that is to be read: its path, and the resource around it, which the root has not. */
interface Unread {
  readonly schema: Schema;
  readonly path: string;
  readonly outer: Resource | null;
}

/**
 * A schema document and the targets of its references. It stands alone: it fetches nothing and knows no other document, so its
 * `$id` cannot conflict with another tenant's.
 */
export class SchemaDocument {
  readonly #places = new Map<object, Place>();
  readonly #resources = new Map<string, Resource>();
  /** The last one is read first. */
  readonly #unread: Unread[] = [];
  readonly #pieces = new Pieces();
  readonly root: Place;

  private constructor(schema: Schema, field: string) {
    this.root = this.#add({ schema, path: field, outer: null });
  }

  /**
   * Reads a document and follows its references, in pieces. Yields approximately how many steps each took.
   *
   * @param field - path of the schema, for errors
   * @throws ApiError VALIDATION_FAILED at the keyword whose value the draft does not allow, or at a reference that leads to no
   *   schema in this document
   */
  static *read(schema: Schema, field: string): Generator<number, SchemaDocument> {
    const document = new SchemaDocument(schema, field);
    // A reference may add schemas: below an unknown keyword, for example. This meets them as well.
    const places = document.#places.values();
    for (;;) {
      const unread = document.#unread.pop();
      // References are followed when all is read that they may lead to.
      const place = unread ? undefined : places.next();
      if (unread) document.#add(unread);
      else if (place?.value) document.#follow(place.value);
      else return document;
      if (document.#pieces.isDue) yield document.#pieces.piece();
    }
  }

  /** All schemas that are objects. */
  places(): Iterable<Place> {
    return this.#places.values();
  }

  placeOf(schema: Schema, path: string, within: Place): Place {
    return (isObject(schema) ? this.#places.get(schema) : undefined) ?? { schema, path, resource: within.resource };
  }

  /** Every schema with a `$dynamicAnchor` of this name. */
  dynamicAnchors(name: string): Place[] {
    return [...this.#resources.values()].flatMap(({ dynamicAnchors }) => dynamicAnchors.get(name) ?? []);
  }

  /** The target of a reference of this document. */
  find(reference: string, from: Place): Place {
    return from.resource.found.get(reference) as Place;
  }

  #follow(from: Place): void {
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = (from.schema as Record<string, unknown>)[keyword];
      this.#pieces.spend(stepsPerKeyword);
      if (typeof reference !== 'string' || from.resource.found.has(reference)) continue;
      this.#pieces.spend(stepsPerCharacter * reference.length);
      const found = this.#find(reference, from, `${from.path}.${keyword}`);
      from.resource.found.set(reference, 'outer' in found ? this.#add(found) : found);
    }
  }

  /**
   * @param at - path of the reference itself, for errors
   * @returns a schema that is still to be read, if only this reference makes a schema of it
   */
  #find(reference: string, from: Place, at: string): Place | Unread {
    const hash = reference.indexOf('#');
    const address = hash === -1 ? reference : reference.slice(0, hash);
    const resource = address === '' ? from.resource : this.#resources.get(resolved(address, from.resource.uri) ?? '');
    if (!resource) {
      throw invalid(
        at,
        'A reference must stay inside the schema, and no part of it has this "$id": begin the reference with "#", as in "#/$defs/address", and include the schema that it names.',
      );
    }
    const fragment = hash === -1 ? '' : decoded(reference.slice(hash + 1));
    const found = fragment === null ? undefined : this.#named(fragment, resource);
    if (!found) throw invalid(at, 'This reference leads to no schema: write it as in "#/$defs/address".');
    return found;
  }

  #named(fragment: string, resource: Resource): Place | Unread | undefined {
    if (fragment === '') return resource.root;
    return fragment.startsWith('/') ? this.#pointed(fragment, resource) : resource.anchors.get(fragment);
  }

  #pointed(pointer: string, resource: Resource): Place | Unread | undefined {
    let nearest = resource.root;
    let path = nearest.path;
    let at: unknown = nearest.schema;
    for (const part of pointer.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      path = memberPath(path, Array.isArray(at) ? Number(key) : key);
      at = (at as Record<string, unknown>)[key];
      if (isObject(at)) nearest = this.#places.get(at) ?? nearest;
    }
    if (!isSchema(at)) return undefined;
    if (!isObject(at)) return { schema: at, path, resource: nearest.resource };
    // A reference may also point below an unknown keyword: only then is the value there a schema.
    return this.#places.get(at) ?? { schema: at, path, outer: nearest.resource };
  }

  /** Reads one schema, without those that it holds. */
  #add({ schema, path, outer }: Unread): Place {
    const resource = outer !== null && !(isObject(schema) && Object.hasOwn(schema, '$id')) ? outer : null;
    const place = resource ? { schema, path, resource } : this.#resource(schema, path, outer);
    this.#pieces.spend(stepsPerSchema);
    if (!isObject(schema)) return place;
    this.#places.set(schema, place);
    const held: Unread[] = [];
    for (const [keyword, value] of Object.entries(schema)) {
      const at = memberPath(path, keyword);
      const problem = problemOf(keyword, value);
      if (problem) throw invalid(at, `The schema is not valid draft 2020-12: this ${problem}.`);
      this.#identify(keyword, value, at, place);
      this.#pieces.spend(stepsPerKeyword + stepsPerItem * sizeOf(value));
      for (const [name, item] of heldBy(keyword, value)) {
        const inner = name === null ? at : memberPath(at, name);
        requireSchema(item, keyword, inner);
        // A reference may have led to it before.
        if (isObject(item) && !this.#places.has(item)) held.push({ schema: item, path: inner, outer: place.resource });
      }
    }
    for (let unread = held.pop(); unread; unread = held.pop()) this.#unread.push(unread);
    return place;
  }

  #resource(schema: Schema, path: string, outer: Resource | null): Place {
    const id = isObject(schema) && typeof schema.$id === 'string' ? schema.$id : '';
    const uri = resolved(id.replace(/#$/, ''), outer?.uri ?? defaultUri);
    if (uri === null || uri.includes('#')) {
      throw invalid(`${path}.$id`, 'An "$id" is a URI without a fragment, as in "https://example.com/address".');
    }
    if (this.#resources.has(uri)) throw invalid(`${path}.$id`, 'Another part of this schema has the same "$id".');
    const place: { schema: Schema; path: string; resource: Resource } = { schema, path, resource: null as never };
    place.resource = { uri, root: place, anchors: new Map(), dynamicAnchors: new Map(), found: new Map() };
    this.#resources.set(uri, place.resource);
    return place;
  }

  #identify(keyword: string, value: unknown, at: string, place: Place): void {
    if (keyword === '$schema' && value !== draft && value !== `${draft}#`) {
      throw invalid(at, `Schemas are of draft 2020-12: leave "$schema" out, or write "${draft}".`);
    }
    if (keyword !== '$anchor' && keyword !== '$dynamicAnchor') return;
    const { anchors, dynamicAnchors } = place.resource;
    const known = anchors.get(value as string);
    if (known && known !== place) throw invalid(at, 'Another part of this schema has the same anchor.');
    anchors.set(value as string, place);
    if (keyword === '$dynamicAnchor') dynamicAnchors.set(value as string, place);
  }
}

/** The schemas that a keyword's value holds, each with its name or index. */
function heldBy(keyword: string, value: unknown): Iterable<readonly [name: string | number | null, item: unknown]> {
  const held = keyword === 'dependencies' ? 'named' : subschemaKeywords.get(keyword);
  if (held === undefined) return [];
  if (held === 'one') return [[null, value]];
  return held === 'list' ? (value as unknown[]).entries() : Object.entries(value as object);
}

/** @throws ApiError VALIDATION_FAILED */
function requireSchema(item: unknown, keyword: string, at: string): void {
  if (keyword === 'dependencies' && Array.isArray(item)) {
    if (problemOf('required', item)) throw invalid(at, 'This must be a schema, or a list of different names.');
  } else if (!isSchema(item)) {
    throw invalid(at, 'The schema is not valid draft 2020-12: this must be a schema: an object, true or false.');
  }
}

function resolved(reference: string, base: string): string | null {
  try {
    return new URL(reference, base).href;
  } catch {
    return null;
  }
}

function decoded(fragment: string): string | null {
  if (!fragment.includes('%')) return fragment;
  try {
    return decodeURIComponent(fragment);
  } catch {
    return null;
  }
}

/** Maximum size of a schema's text, in bytes. */
const maxSchemaBytes = 64 * 1024;
const maxSchemaDepth = 32;

/** @throws ApiError VALIDATION_FAILED if it is not a schema, LIMIT_EXCEEDED if it is too large or too deep */
export function checkSize(schema: unknown, text: string, field: string): asserts schema is Record<string, unknown> {
  if (!isObject(schema)) throw invalid(field, 'A schema is a JSON object, for example {"type":"object"}.');
  if (Buffer.byteLength(text) > maxSchemaBytes) {
    throw new ApiError('LIMIT_EXCEEDED', `A schema has at most ${maxSchemaBytes / 1024} KiB.`, field);
  }
  const way: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (way.length >= maxSchemaDepth) {
      const path = way.map((key) => (/^\d+$/.test(key) ? Number(key) : key)).reduce<string>(memberPath, field);
      throw new ApiError('LIMIT_EXCEEDED', `A schema is at most ${maxSchemaDepth} levels deep.`, path);
    }
    for (const key of Object.keys(value)) {
      way.push(key);
      walk((value as Record<string, unknown>)[key]);
      way.pop();
    }
  };
  walk(schema);
}
