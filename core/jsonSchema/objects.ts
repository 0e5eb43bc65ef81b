import { isObject } from '../json/isObject.ts';
import { dependentCheck, ownMember } from './assertions.ts';
import type { Schema } from './keywords.ts';
import { misspelling } from './misspelt.ts';
import { memberPath } from './path.ts';
import { always, type Check, type Run, stepsPerAbsent } from './run.ts';
import type { Subschemas } from './subschemas.ts';

type Members = Readonly<Record<string, Schema>>;

const notAllowed = 'The event type’s schema has no such property: leave it out.';

/** The checks of an object's members. */
export function objectChecks(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check[] {
  const checks: Check[] = [];
  const { properties, patternProperties, additionalProperties, propertyNames } = schema;
  if (propertyNames !== undefined) {
    checks.push(namesCheck(subschemas.member(propertyNames as Schema, '.propertyNames')));
  }
  if (properties !== undefined) checks.push(propertiesCheck(properties as Members, subschemas));
  if (patternProperties !== undefined || additionalProperties !== undefined) {
    checks.push(othersCheck(schema, subschemas));
  }
  for (const keyword of ['dependencies', 'dependentSchemas']) {
    for (const [name, of] of Object.entries(schema[keyword] ?? {})) {
      checks.push(
        Array.isArray(of)
          ? dependentCheck({ [name]: of })
          : ifPresent(name, subschemas.inPlace(of, memberPath(`.${keyword}`, name))),
      );
    }
  }
  return checks;
}

function ifPresent(name: string, check: Check): Check {
  const has = ownMember(name);
  return (value, run) => {
    if (!isObject(value)) return true;
    if (has(value) !== undefined) return check(value, run);
    run.spend(stepsPerAbsent);
    return true;
  };
}

function namesCheck(check: Check): Check {
  if (check === always) return always;
  return (value, run) => {
    if (!isObject(value)) return true;
    for (const name of run.keysOf(value)) {
      run.spend(1);
      if (!check(name, run)) return run.failedIn(name);
    }
    return true;
  };
}

/** A member that a schema names. */
interface Named {
  readonly name: string;
  /** Where it stands among the others. */
  readonly place: number;
  of(object: Record<string, unknown>): unknown;
  readonly check: Check;
}

function propertiesCheck(properties: Members, subschemas: Subschemas): Check {
  const members = Object.entries(properties).map(([name, schema], place): Named => {
    const check = subschemas.member(schema, memberPath('.properties', name));
    return { name, place, of: ownMember(name), check };
  });
  const byName = members.length > maxAsked ? new Map(members.map((member) => [member.name, member])) : null;
  return (value, run) => {
    if (!isObject(value)) return true;
    const asked = byName === null ? members : (presentIn(value, byName, run) ?? members);
    let absent = 0;
    for (const { name, of, check } of asked) {
      const member = of(value);
      if (member === undefined) absent++;
      else if (!check(member, run)) return run.failedIn(name);
      else run.evaluated?.addName(name, run);
    }
    run.spend((asked.length >> 1) + stepsPerAbsent * absent);
    return true;
  };
}

/** An object is asked for at most so many members of which it may have none. */
const maxAsked = 16;

/** The members that an object has, in order; null if it has so many that it may as well be asked for each. */
function presentIn(value: object, byName: ReadonlyMap<string, Named>, run: Run): Named[] | null {
  const keys = run.keysOf(value);
  if (keys.length > byName.size >> 1) return null;
  const present: Named[] = [];
  for (const key of keys) {
    run.spend(2);
    const member = byName.get(key);
    if (member !== undefined) present.push(member);
  }
  return present.sort((one, other) => one.place - other.place);
}

/** Members whose names match a pattern, and members that no other keyword names. */
function othersCheck(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check {
  const named = new Set(Object.keys((schema.properties ?? {}) as Members));
  const byPattern = Object.entries((schema.patternProperties ?? {}) as Members).map(([source, of]) => ({
    pattern: subschemas.pattern(source),
    check: subschemas.member(of, memberPath('.patternProperties', source)),
  }));
  const { additionalProperties } = schema;
  const rest =
    additionalProperties === undefined
      ? always
      : subschemas.member(additionalProperties as Schema, '.additionalProperties');
  const others = rest === always ? null : rest;
  return (value, run) => {
    if (!isObject(value)) return true;
    if (additionalProperties !== undefined && run.evaluated) run.evaluated.allNames = true;
    if (others === null && byPattern.length === 0) return true;
    for (const name of run.keysOf(value)) {
      run.spend(1);
      let isKnown = named.has(name);
      for (const { pattern, check } of byPattern) {
        const matches = pattern.matches(name, run);
        if (run.isTimedOut) return run.failedIn(name);
        if (!matches) continue;
        isKnown = true;
        if (!check(value[name], run)) return run.failedIn(name);
        run.evaluated?.addName(name, run);
      }
      if (isKnown || others === null) continue;
      if (additionalProperties === false) run.fail(notAllowed, misspelling(name, named));
      else if (others(value[name], run)) continue;
      return run.failedIn(name);
    }
    return true;
  };
}

/** Comes last: it applies only to members that no other keyword of the schema has evaluated. */
export function unevaluatedProperties(schema: Schema, subschemas: Subschemas): Check {
  const check = subschemas.member(schema, '.unevaluatedProperties');
  return (value, run) => {
    const { evaluated } = run;
    if (!isObject(value) || !evaluated || evaluated.allNames) return true;
    for (const name of run.keysOf(value)) {
      run.spend(1);
      if (evaluated.hasName(name)) continue;
      if (schema === false) run.fail(notAllowed);
      else if (check(value[name], run)) continue;
      return run.failedIn(name);
    }
    evaluated.allNames = true;
    return true;
  };
}
