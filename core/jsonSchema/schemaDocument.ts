import { ApiError, invalid } from '../ground/errors.ts';
import { isObject } from '../json/isObject.ts';
import { isSchema, problemOf, type Schema, subschemaKeywords } from './keywords.ts';
import { memberPath } from './path.ts';

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

/**
 * A schema document and the targets of its references. It stands alone: it fetches nothing and knows no other document, so its
 * `$id` cannot conflict with another tenant's.
 */
export class SchemaDocument {
  readonly root: Place;
  readonly #places = new Map<object, Place>();
  readonly #resources = new Map<string, Resource>();

  /** @throws ApiError VALIDATION_FAILED at the keyword whose value the draft does not allow */
  constructor(schema: Schema, field: string) {
    this.root = this.#add(schema, field, null);
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

  /**
   * @param at - path of the reference itself, for errors
   * @throws ApiError VALIDATION_FAILED if it leads to no schema in this document
   */
  find(reference: string, from: Place, at: string): Place {
    const known = from.resource.found.get(reference);
    if (known) return known;
    const found = this.#find(reference, from, at);
    from.resource.found.set(reference, found);
    return found;
  }

  #find(reference: string, from: Place, at: string): Place {
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
    const found =
      fragment === null || fragment === ''
        ? fragment === null
          ? undefined
          : resource.root
        : fragment.startsWith('/')
          ? this.#pointed(fragment, resource)
          : resource.anchors.get(fragment);
    if (!found) throw invalid(at, 'This reference leads to no schema: write it as in "#/$defs/address".');
    return found;
  }

  #pointed(pointer: string, resource: Resource): Place | undefined {
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
    return this.#places.get(at) ?? this.#add(at, path, nearest.resource);
  }

  #add(schema: Schema, path: string, outer: Resource | null): Place {
    const resource = outer !== null && !(isObject(schema) && Object.hasOwn(schema, '$id')) ? outer : null;
    const place = resource ? { schema, path, resource } : this.#resource(schema, path, outer);
    if (!isObject(schema)) return place;
    this.#places.set(schema, place);
    for (const [keyword, value] of Object.entries(schema)) {
      const at = memberPath(path, keyword);
      const problem = problemOf(keyword, value);
      if (problem) throw invalid(at, `The schema is not valid draft 2020-12: this ${problem}.`);
      this.#identify(keyword, value, at, place);
      this.#addHeld(keyword, value, at, place);
    }
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

  #addHeld(keyword: string, value: unknown, at: string, { resource }: Place): void {
    const held = keyword === 'dependencies' ? 'named' : subschemaKeywords.get(keyword);
    if (held === undefined) return;
    const inner: [string, unknown][] =
      held === 'one'
        ? [[at, value]]
        : held === 'list'
          ? (value as unknown[]).map((item, index) => [`${at}[${index}]`, item])
          : Object.entries(value as object).map(([name, item]) => [memberPath(at, name), item]);
    for (const [path, item] of inner) {
      if (keyword === 'dependencies' && Array.isArray(item)) {
        if (problemOf('required', item)) throw invalid(path, 'This must be a schema, or a list of different names.');
      } else if (!isSchema(item)) {
        throw invalid(path, 'The schema is not valid draft 2020-12: this must be a schema: an object, true or false.');
      } else if (isObject(item)) this.#add(item, path, resource);
    }
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
