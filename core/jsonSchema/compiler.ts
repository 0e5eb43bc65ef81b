import { ApiError, invalid } from '../ground/errors.ts';
import { arrayChecks, unevaluatedItems } from './arrays.ts';
import { assertions } from './assertions.ts';
import { combiningChecks } from './combining.ts';
import type { Inner } from './inner.ts';
import type { Schema } from './keywords.ts';
import { objectChecks, unevaluatedProperties } from './objects.ts';
import { Pattern } from './pattern.ts';
import { type Check, Seen } from './run.ts';
import type { Place, SchemaDocument } from './schemaDocument.ts';

/** How large the programs of all patterns together may be that run on the thread that serves everybody. */
const patternsHere = 1_500;
/** More only hides what the schema means, and each is read when the schema is. */
const mostPatterns = 1_000;

/** A compiled schema that others may refer to before it is compiled itself. */
interface Slot {
  readonly place: Place;
  /** All that is kept of it afterwards. */
  readonly link: { check: Check };
  isCompiled: boolean;
  /** What it applies to the value that it is applied to itself, with the place that says so. */
  readonly inPlace: { readonly slot: Slot; readonly at: string }[];
}

const always: Check = () => true;
const never: Check = (_value, run) => run.fail('The event type’s schema allows nothing here: leave it out.');

/** Makes checks of the schemas of one document: closures, so that nothing a tenant wrote becomes code. */
export class Compiler {
  readonly #document: SchemaDocument;
  readonly #slots = new Map<object, Slot>();
  readonly #tracks: boolean;
  readonly #hasDynamic: boolean;
  #patterns = 0;
  #patternSizeLeft = patternsHere;

  constructor(document: SchemaDocument) {
    this.#document = document;
    const uses = (...keywords: string[]) =>
      [...document.places()].some(({ schema }) => keywords.some((keyword) => Object.hasOwn(schema as object, keyword)));
    this.#tracks = uses('unevaluatedItems', 'unevaluatedProperties');
    this.#hasDynamic = uses('$dynamicRef');
  }

  /**
   * Compiles all of the document, used or not.
   *
   * @throws ApiError VALIDATION_FAILED that names the place inside the schema
   */
  compile(): Check {
    const root = this.#compiled(this.#document.root);
    // References may make schemas of what was none, while this goes on.
    for (const place of this.#document.places()) this.#compiled(place);
    refuseEndless(this.#slots.values());
    // From here on only checks are kept, not what they were made by.
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

  #compiled(place: Place): Check {
    if (typeof place.schema === 'boolean') return place.schema ? always : never;
    const slot = this.#slot(place);
    if (!slot.isCompiled) {
      slot.isCompiled = true;
      slot.link.check = this.#compileObject(place.schema, slot);
    }
    return slot.link.check;
  }

  #compileObject(schema: Readonly<Record<string, unknown>>, slot: Slot): Check {
    const { place } = slot;
    const inner = this.#inner(slot);
    const checks = assertions(schema, (source) => inner.pattern(source, '.pattern'));
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
      pattern: (source, at) => this.#pattern(source, place.path + at),
    };
  }

  /** A schema for the same value; it may be one that is being compiled just now. */
  #applied(target: Place, from: Slot, at: string): Check {
    if (typeof target.schema === 'boolean') return target.schema ? always : never;
    const slot = this.#slot(target);
    from.inPlace.push({ slot, at });
    const { link } = slot;
    const check: Check = slot.isCompiled ? (value, run) => link.check(value, run) : this.#compiled(target);
    return this.#joined(this.#entered(check, target, from.place));
  }

  #dynamic(reference: string, slot: Slot): Check {
    const at = `${slot.place.path}.$dynamicRef`;
    const first = this.#document.find(reference, slot.place, at);
    const name = reference.slice(reference.indexOf('#') + 1);
    const fixed = this.#applied(first, slot, at);
    if (first.resource.dynamicAnchors.get(name) !== first) return fixed;
    const checks = new Map<Place, Check>();
    for (const place of this.#document.dynamicAnchors(name)) checks.set(place, this.#applied(place, slot, at));
    return (value, run) => {
      let target = first;
      for (let scope = run.scope; scope; scope = scope.outer) {
        target = scope.resource.dynamicAnchors.get(name) ?? target;
      }
      return (checks.get(target) ?? fixed)(value, run);
    };
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

  #pattern(source: string, at: string): Pattern {
    if (++this.#patterns > mostPatterns) {
      throw new ApiError('LIMIT_EXCEEDED', `A schema has at most ${mostPatterns} patterns.`, at);
    }
    try {
      const pattern = new Pattern(source, this.#patternSizeLeft);
      this.#patternSizeLeft -= pattern.sizeHere;
      return pattern;
    } catch (error) {
      throw invalid(at, `This is no regular expression of ECMAScript (in "u" mode): ${reasonOf(error)}.`);
    }
  }
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

const longestReason = 200;

/** What V8 says of a pattern: `Invalid regular expression: /…/u: Unterminated group`, of which the last part says why. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return message.slice(message.lastIndexOf(': ') + 2).slice(0, longestReason) || 'it cannot be read';
}
