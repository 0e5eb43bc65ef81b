import { ApiError, invalid } from '../ground/errors.ts';
import { arrayChecks, unevaluatedItems } from './arrays.ts';
import { assertions } from './assertions.ts';
import { combiningChecks } from './combining.ts';
import type { Inner } from './inner.ts';
import type { Schema } from './keywords.ts';
import { objectChecks, unevaluatedProperties } from './objects.ts';
import { memberPath } from './path.ts';
import { Pattern } from './pattern.ts';
import { type Check, Seen } from './run.ts';
import type { Place, SchemaDocument } from './schemaDocument.ts';

/** Maximum total size of the patterns' programs that run on the main thread, which serves everybody. */
const patternsHere = 1_500;
/** More only hides what the schema means, and each is read when the schema is. */
const maxPatterns = 1_000;
/** About how many steps compiling takes: a schema with its members, and a pattern for its length. */
const stepsOfPlace = 250;
const stepsOfMember = 40;
const stepsOfPattern = 1_000;
const stepsOfPatternCharacter = 50;

/** A compiled schema that others may refer to before it is compiled itself. */
interface Slot {
  readonly place: Place;
  /** All that is kept of it afterwards. */
  readonly link: { check: Check };
  isCompiled: boolean;
  /** What it applies to the value that it is applied to itself, with the place that says so. */
  readonly inPlace: { readonly slot: Slot; readonly at: string }[];
}

/** What dynamic references of one name may lead to. */
interface Hub {
  /** Stands for all of them where ways are followed. */
  readonly slot: Slot;
  readonly links: ReadonlyMap<Place, Slot['link']>;
}

const always: Check = () => true;
const never: Check = (_value, run) => run.fail('The event type’s schema allows nothing here: leave it out.');

/** Makes checks of the schemas of one document: closures, so that nothing a tenant wrote becomes code. */
export class Compiler {
  readonly #document: SchemaDocument;
  readonly #slots = new Map<object, Slot>();
  readonly #patterns = new Map<string, Pattern>();
  readonly #hubs = new Map<string, Hub>();
  readonly #tracks: boolean;
  readonly #hasDynamic: boolean;
  #patternsRead = 0;
  #patternSizeLeft = patternsHere;

  constructor(document: SchemaDocument) {
    this.#document = document;
    const uses = (...keywords: string[]) =>
      [...document.places()].some(({ schema }) => keywords.some((keyword) => Object.hasOwn(schema as object, keyword)));
    this.#tracks = uses('unevaluatedItems', 'unevaluatedProperties');
    this.#hasDynamic = uses('$dynamicRef');
  }

  /**
   * Compiles all of the document, used or not, one schema or pattern at a time. It yields about how many steps each took.
   *
   * @throws ApiError VALIDATION_FAILED that names the place inside the schema
   */
  *compile(): Generator<number, Check> {
    const places = [...this.#document.places()];
    for (const place of places) yield* this.#readPatterns(place);
    // The inner ones first: a check then calls those inside it directly, and not by way of their slots.
    for (const place of places.reverse()) yield this.#compileAt(place);
    // References may make schemas of what was none, while this goes on.
    for (const place of this.#document.places()) {
      if (this.#slot(place).isCompiled) continue;
      yield* this.#readPatterns(place);
      yield this.#compileAt(place);
    }
    refuseEndless([...this.#document.places()].map((place) => this.#slot(place)));
    const root = this.#compiled(this.#document.root);
    // From here on only the checks are kept, not the parts that they were compiled from.
    const tracks = this.#tracks;
    const scope = this.#hasDynamic ? { resource: this.#document.root.resource, outer: null } : null;
    return (value, run) => {
      run.scope = scope;
      if (tracks) run.seen = new Seen();
      return root(value, run);
    };
  }

  #slot(place: Place): Slot {
    const { schema } = place;
    const known = this.#slots.get(schema as object);
    if (known) return known;
    const slot: Slot = { place, link: { check: never }, isCompiled: false, inPlace: [] };
    this.#slots.set(schema as object, slot);
    return slot;
  }

  /** The check of a schema. Where it is not compiled yet, one that finds it when it is asked: so nothing is compiled by way of others. */
  #compiled(place: Place): Check {
    if (typeof place.schema === 'boolean') return place.schema ? always : never;
    const { isCompiled, link } = this.#slot(place);
    return isCompiled ? link.check : (value, run) => link.check(value, run);
  }

  /** @returns about how many steps it took */
  #compileAt(place: Place): number {
    const slot = this.#slot(place);
    const schema = place.schema as Readonly<Record<string, unknown>>;
    slot.link.check = this.#compileObject(schema, slot);
    slot.isCompiled = true;
    const members = Object.values(schema).reduce<number>((sum, value) => sum + sizeOf(value), 0);
    return stepsOfPlace + stepsOfMember * members;
  }

  *#readPatterns({ schema, path }: Place): Generator<number, void> {
    const { pattern, patternProperties } = schema as Readonly<Record<string, unknown>>;
    const read = (source: string, at: string) => {
      this.#readPattern(source, at);
      return stepsOfPattern + stepsOfPatternCharacter * source.length;
    };
    if (typeof pattern === 'string') yield read(pattern, `${path}.pattern`);
    for (const source of Object.keys(patternProperties ?? {})) {
      yield read(source, memberPath(`${path}.patternProperties`, source));
    }
  }

  #compileObject(schema: Readonly<Record<string, unknown>>, slot: Slot): Check {
    const { place } = slot;
    const inner = this.#inner(slot);
    const checks = assertions(schema, (source) => inner.pattern(source));
    checks.push(...objectChecks(schema, inner), ...arrayChecks(schema, inner), ...combiningChecks(schema, inner));
    if (typeof schema.$ref === 'string') {
      const at = `${place.path}.$ref`;
      checks.push(this.#applied(this.#document.find(schema.$ref, place, at), slot, at));
    }
    if (typeof schema.$dynamicRef === 'string') checks.push(this.#dynamic(schema.$dynamicRef, slot));
    if (schema.unevaluatedItems !== undefined) {
      checks.push(unevaluatedItems(schema.unevaluatedItems as Schema, inner));
    }
    if (schema.unevaluatedProperties !== undefined) {
      checks.push(unevaluatedProperties(schema.unevaluatedProperties as Schema, inner));
    }
    return inTurn(checks);
  }

  #inner(slot: Slot): Inner {
    const { place } = slot;
    const placeOf = (schema: Schema, at: string) => this.#document.placeOf(schema, place.path + at, place);
    return {
      tracks: this.#tracks,
      member: (schema, at) => {
        const target = placeOf(schema, at);
        return this.#apart(this.#entered(this.#compiled(target), target, place));
      },
      inPlace: (schema, at) => this.#applied(placeOf(schema, at), slot, place.path + at),
      pattern: (source) => this.#patterns.get(source) as Pattern,
    };
  }

  /** A schema for the same value; it may be one that is being compiled just now. */
  #applied(target: Place, from: Slot, at: string): Check {
    if (typeof target.schema === 'boolean') return target.schema ? always : never;
    const slot = this.#slot(target);
    from.inPlace.push({ slot, at });
    return this.#joined(this.#entered(this.#compiled(target), target, from.place));
  }

  #dynamic(reference: string, slot: Slot): Check {
    const at = `${slot.place.path}.$dynamicRef`;
    const first = this.#document.find(reference, slot.place, at);
    const name = reference.slice(reference.indexOf('#') + 1);
    const fixed = this.#applied(first, slot, at);
    if (first.resource.dynamicAnchors.get(name) !== first) return fixed;
    const { slot: hub, links } = this.#hub(name);
    slot.inPlace.push({ slot: hub, at });
    const from = slot.place.resource;
    return this.#joined((value, run) => {
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

  /** All that a dynamic reference may lead to, once for all references of that name: there may be as many of those. */
  #hub(name: string): Hub {
    const known = this.#hubs.get(name);
    if (known) return known;
    const targets = this.#document.dynamicAnchors(name).map((place) => this.#slot(place));
    const inPlace = targets.map((slot) => ({ slot, at: `${slot.place.path}.$dynamicAnchor` }));
    const slot = { place: this.#document.root, link: { check: never }, isCompiled: true, inPlace };
    const hub = { slot, links: new Map(targets.map(({ place, link }) => [place, link])) };
    this.#hubs.set(name, hub);
    return hub;
  }

  /** Notes that another resource is entered, where somebody may ask. */
  #entered(check: Check, { resource }: Place, from: Place): Check {
    if (!this.#hasDynamic || resource === from.resource) return check;
    return (value, run) => {
      const outer = run.scope;
      run.scope = { resource, outer };
      const fits = check(value, run);
      run.scope = outer;
      return fits;
    };
  }

  /** What a check looks at concerns another value than the one around it. */
  #apart(check: Check): Check {
    if (!this.#tracks) return check;
    return (value, run) => {
      const { seen } = run;
      run.seen = new Seen();
      const fits = check(value, run);
      run.seen = seen;
      return fits;
    };
  }

  /** What a check looks at counts where it accepts. */
  #joined(check: Check): Check {
    if (!this.#tracks) return check;
    return (value, run) => {
      const outer = run.seen;
      const seen = new Seen();
      run.seen = seen;
      const fits = check(value, run);
      run.seen = outer;
      if (!fits || outer === null) return fits;
      run.spend((seen.names.size + seen.indexes.size) >> 1);
      outer.add(seen);
      return true;
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
      throw invalid(at, `This is no regular expression of ECMAScript (in "u" mode): ${reasonOf(error)}.`);
    }
  }
}

/** How much there is to look at in a keyword's value: its items or members, without those inside them. */
function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
}

/** All checks of one schema. */
function inTurn(checks: readonly Check[]): Check {
  const [first] = checks;
  if (first === undefined) return always;
  if (checks.length === 1) {
    return (value, run) => {
      run.enter();
      const fits = first(value, run);
      run.leave();
      return fits;
    };
  }
  return (value, run) => {
    run.enter();
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

/** @throws ApiError where a schema, by its references, applies itself to the same value again, for ever */
function refuseEndless(slots: Iterable<Slot>): void {
  const ended = new Set<Slot>();
  for (const start of slots) {
    // The way from `start` to where we are, with how many of each one's ways on were gone.
    const way: { slot: Slot; gone: number }[] = [];
    const onWay = new Set<Slot>();
    const enter = (slot: Slot) => {
      way.push({ slot, gone: 0 });
      onWay.add(slot);
    };
    if (!ended.has(start)) enter(start);
    for (let here = way.at(-1); here; here = way.at(-1)) {
      const next = here.slot.inPlace[here.gone++];
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

/** What V8 says of a pattern: `Invalid regular expression: /…/u: Unterminated group`, of which the last part says why. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return message.slice(message.lastIndexOf(': ') + 2).slice(0, maxReasonLength) || 'it cannot be read';
}
