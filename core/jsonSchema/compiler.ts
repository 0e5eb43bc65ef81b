import { ApiError, invalid } from '../ground/errors.ts';
import { arrayChecks, unevaluatedItems } from './arrays.ts';
import { assertions } from './assertions.ts';
import { combiningChecks } from './combining.ts';
import type { Schema } from './keywords.ts';
import { objectChecks, unevaluatedProperties } from './objects.ts';
import { memberPath } from './path.ts';
import { Pattern } from './pattern.ts';
import { stepsToCheck } from './patternSyntax.ts';
import { Pieces } from './pieces.ts';
import { always, type Check, Evaluated, never, type Run } from './run.ts';
import type { Place, SchemaDocument } from './schemaDocument.ts';
import { sizeOf } from './sizeOf.ts';
import type { Subschemas } from './subschemas.ts';

/** Maximum total size of the patterns' programs that run on the main thread, which serves all tenants. */
const maxPatternSizeHere = 1_500;
/** Every pattern is parsed when the schema is compiled; a schema with more is hardly readable. */
const maxPatterns = 1_000;
/** Approximate steps of compiling: per schema and each of its members, and per reference. */
const stepsPerSchema = 250;
const stepsPerMember = 25;
const stepsPerReference = 20;

/** A compiled schema that others may refer to before it is compiled itself. */
interface Slot {
  readonly place: Place;
  /** The only part that is kept after compiling. */
  readonly link: { check: Check };
  isCompiled: boolean;
  /** Schemas that it applies to the same value, each with the path of the keyword that does so. */
  readonly inPlace: { readonly slot: Slot; readonly at: string }[];
}

/** The schemas that dynamic references of one name may lead to. */
interface DynamicTargets {
  /** Represents all of them in the search for endless references. */
  readonly slot: Slot;
  readonly links: ReadonlyMap<Place, Slot['link']>;
}

/** Compiles the schemas of one document to checks. They are closures: no text of a tenant becomes code. */
export class Compiler {
  readonly #document: SchemaDocument;
  readonly #slots = new Map<object, Slot>();
  readonly #patterns = new Map<string, Pattern>();
  readonly #targetsByName = new Map<string, DynamicTargets>();
  readonly #tracks: boolean;
  readonly #hasDynamic: boolean;
  #patternsRead = 0;
  #patternSizeLeft = maxPatternSizeHere;

  constructor(document: SchemaDocument) {
    this.#document = document;
    const uses = (...keywords: string[]) =>
      [...document.places()].some(({ schema }) => keywords.some((keyword) => Object.hasOwn(schema as object, keyword)));
    this.#tracks = uses('unevaluatedItems', 'unevaluatedProperties');
    this.#hasDynamic = uses('$dynamicRef');
  }

  /**
   * Compiles the whole document, used or not, one schema or pattern at a time. Yields approximately how many steps each took.
   *
   * @throws ApiError VALIDATION_FAILED that names the field inside the schema
   */
  *compile(): Generator<number, Check> {
    const places = [...this.#document.places()];
    for (const place of places) yield* this.#readPatterns(place);
    // Innermost schemas first: a check then calls the checks inside it directly, not through their slots.
    for (const place of places.toReversed()) yield this.#compileAt(place);
    yield* refuseEndlessReferences(places.map((place) => this.#slot(place)));
    return this.checkAt(this.#document.root);
  }

  /** The check of one schema of the document, once all are compiled. */
  checkAt(place: Place): Check {
    const check = this.#compiled(place);
    // The check below keeps only other checks, not the parts that they were compiled from.
    const tracks = this.#tracks;
    const scope = this.#hasDynamic ? { resource: place.resource, outer: null } : null;
    return (value, run) => {
      run.scope = scope;
      run.evaluated = tracks ? new Evaluated() : null;
      return check(value, run);
    };
  }

  /** Whether a text has a match of one of the patterns of the document, once all are compiled. */
  matches(source: string, text: string, run: Run): boolean {
    return (this.#patterns.get(source) as Pattern).matches(text, run);
  }

  #slot(place: Place): Slot {
    const { schema } = place;
    const known = this.#slots.get(schema as object);
    if (known) return known;
    const slot: Slot = { place, link: { check: never }, isCompiled: false, inPlace: [] };
    this.#slots.set(schema as object, slot);
    return slot;
  }

  /** The check of a schema. One that is not compiled yet is looked up when it is called, which avoids recursion here. */
  #compiled(place: Place): Check {
    if (typeof place.schema === 'boolean') return place.schema ? always : never;
    const { isCompiled, link } = this.#slot(place);
    return isCompiled ? link.check : (value, run) => link.check(value, run);
  }

  /** @returns approximately how many steps it took */
  #compileAt(place: Place): number {
    const slot = this.#slot(place);
    const schema = place.schema as Readonly<Record<string, unknown>>;
    slot.link.check = this.#compileObject(schema, slot);
    slot.isCompiled = true;
    const members = Object.values(schema).reduce<number>((sum, value) => sum + sizeOf(value), 0);
    return stepsPerSchema + stepsPerMember * members;
  }

  *#readPatterns({ schema, path }: Place): Generator<number, void> {
    const { pattern, patternProperties } = schema as Readonly<Record<string, unknown>>;
    const read = (source: string, at: string) => {
      this.#readPattern(source, at);
      return stepsToCheck(source);
    };
    if (typeof pattern === 'string') yield read(pattern, `${path}.pattern`);
    for (const source of Object.keys(patternProperties ?? {})) {
      yield read(source, memberPath(`${path}.patternProperties`, source));
    }
  }

  #compileObject(schema: Readonly<Record<string, unknown>>, slot: Slot): Check {
    const { place } = slot;
    const subschemas = this.#subschemas(slot);
    const checks = assertions(schema, (source) => subschemas.pattern(source));
    checks.push(
      ...objectChecks(schema, subschemas),
      ...arrayChecks(schema, subschemas),
      ...combiningChecks(schema, subschemas),
    );
    if (typeof schema.$ref === 'string') {
      const at = `${place.path}.$ref`;
      checks.push(this.#applied(this.#document.find(schema.$ref, place), slot, at));
    }
    if (typeof schema.$dynamicRef === 'string') checks.push(this.#dynamic(schema.$dynamicRef, slot));
    if (schema.unevaluatedItems !== undefined) {
      checks.push(unevaluatedItems(schema.unevaluatedItems as Schema, subschemas));
    }
    if (schema.unevaluatedProperties !== undefined) {
      checks.push(unevaluatedProperties(schema.unevaluatedProperties as Schema, subschemas));
    }
    return checkAll(checks);
  }

  #subschemas(slot: Slot): Subschemas {
    const { place } = slot;
    const placeOf = (schema: Schema, at: string) => this.#document.placeOf(schema, place.path + at, place);
    return {
      tracks: this.#tracks,
      member: (schema, at) => {
        const target = placeOf(schema, at);
        return this.#withOwnEvaluated(this.#enteringResource(this.#compiled(target), target, place));
      },
      inPlace: (schema, at) => this.#applied(placeOf(schema, at), slot, place.path + at),
      pattern: (source) => this.#patterns.get(source) as Pattern,
    };
  }

  /** The check of a schema for the same value. That schema may itself be in the middle of being compiled. */
  #applied(target: Place, from: Slot, at: string): Check {
    if (typeof target.schema === 'boolean') return target.schema ? always : never;
    const slot = this.#slot(target);
    from.inPlace.push({ slot, at });
    return this.#mergingEvaluated(this.#enteringResource(this.#compiled(target), target, from.place));
  }

  #dynamic(reference: string, slot: Slot): Check {
    const at = `${slot.place.path}.$dynamicRef`;
    const first = this.#document.find(reference, slot.place);
    const name = reference.slice(reference.indexOf('#') + 1);
    const fixed = this.#applied(first, slot, at);
    if (first.resource.dynamicAnchors.get(name) !== first) return fixed;
    const { slot: targets, links } = this.#dynamicTargets(name);
    slot.inPlace.push({ slot: targets, at });
    const from = slot.place.resource;
    return this.#mergingEvaluated((value, run) => {
      let target = first;
      for (let scope = run.scope; scope; scope = scope.outer) {
        run.spend(1);
        target = scope.resource.dynamicAnchors.get(name) ?? target;
      }
      const { check } = links.get(target) as Slot['link'];
      const { resource } = target;
      if (resource === from) return check(value, run);
      const outer = run.scope;
      run.scope = { resource, outer };
      const fits = check(value, run);
      run.scope = outer;
      return fits;
    });
  }

  /** All targets of dynamic references of one name, stored once: there may be as many references as targets. */
  #dynamicTargets(name: string): DynamicTargets {
    const known = this.#targetsByName.get(name);
    if (known) return known;
    const targets = this.#document.dynamicAnchors(name).map((place) => this.#slot(place));
    const inPlace = targets.map((slot) => ({ slot, at: `${slot.place.path}.$dynamicAnchor` }));
    const slot = { place: this.#document.root, link: { check: never }, isCompiled: true, inPlace };
    const entry = { slot, links: new Map(targets.map(({ place, link }) => [place, link])) };
    this.#targetsByName.set(name, entry);
    return entry;
  }

  /** Records that the check enters another resource, if the document has dynamic references. */
  #enteringResource(check: Check, { resource }: Place, from: Place): Check {
    if (!this.#hasDynamic || resource === from.resource || check === always) return check;
    return (value, run) => {
      const outer = run.scope;
      run.scope = { resource, outer };
      const fits = check(value, run);
      run.scope = outer;
      return fits;
    };
  }

  /** For a member of the value: its evaluated members are recorded apart from those of the value around it. */
  #withOwnEvaluated(check: Check): Check {
    if (!this.#tracks || check === always || check === never) return check;
    return (value, run) => {
      const { evaluated } = run;
      run.evaluated = new Evaluated();
      const fits = check(value, run);
      run.evaluated = evaluated;
      return fits;
    };
  }

  /** For the same value: the members that the check evaluated count if it accepts. */
  #mergingEvaluated(check: Check): Check {
    if (!this.#tracks || check === always || check === never) return check;
    return (value, run) => {
      const outer = run.evaluated;
      const evaluated = new Evaluated();
      run.evaluated = evaluated;
      const fits = check(value, run);
      run.evaluated = outer;
      if (fits) outer?.take(evaluated, run);
      return fits;
    };
  }

  #readPattern(source: string, at: string): void {
    if (++this.#patternsRead > maxPatterns) {
      throw new ApiError('LIMIT_EXCEEDED', `A schema has at most ${maxPatterns} patterns.`, at);
    }
    if (this.#patterns.has(source)) return;
    try {
      const pattern = new Pattern(source, this.#patternSizeLeft);
      this.#patternSizeLeft -= pattern.sizeHere;
      this.#patterns.set(source, pattern);
    } catch (error) {
      throw invalid(at, `This is not a regular expression of ECMAScript (in "u" mode): ${reasonOf(error)}.`);
    }
  }
}

/** One check that runs all checks of a schema until one fails. Each costs at least half a step, whatever it does. */
function checkAll(all: readonly Check[]): Check {
  const checks = all.filter((check) => check !== always);
  const [first] = checks;
  if (first === undefined) return always;
  if (checks.length === 1) {
    return (value, run) => {
      run.enter(1);
      const fits = first(value, run);
      run.leave();
      return fits;
    };
  }
  const { length } = checks;
  return (value, run) => {
    run.enter(length);
    let fits = true;
    for (const check of checks) {
      if (!check(value, run)) {
        fits = false;
        break;
      }
    }
    run.leave();
    return fits;
  };
}

/**
 * Yields approximately how many steps each piece took.
 *
 * @throws ApiError if a schema's references apply it to the same value again, without end
 */
function* refuseEndlessReferences(slots: Iterable<Slot>): Generator<number, void> {
  const ended = new Set<Slot>();
  const pieces = new Pieces();
  for (const start of slots) {
    // The path from `start` to the current schema, with how many of each one's references were followed.
    const way: { slot: Slot; followed: number }[] = [];
    const onWay = new Set<Slot>();
    const enter = (slot: Slot) => {
      way.push({ slot, followed: 0 });
      onWay.add(slot);
    };
    if (!ended.has(start)) enter(start);
    for (let here = way.at(-1); here; here = way.at(-1)) {
      pieces.spend(stepsPerReference);
      if (pieces.isDue) yield pieces.piece();
      const next = here.slot.inPlace[here.followed++];
      if (!next) {
        ended.add(here.slot);
        onWay.delete(here.slot);
        way.pop();
      } else if (onWay.has(next.slot)) {
        throw invalid(next.at, 'This leads back to itself without going into the value: checking would never end.');
      } else if (!ended.has(next.slot)) enter(next.slot);
    }
  }
}

const maxReasonLength = 200;

/** The last part of V8's message, which gives the reason: `Invalid regular expression: /…/u: Unterminated group`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return message.slice(message.lastIndexOf(': ') + 2).slice(0, maxReasonLength) || 'it cannot be read';
}
