import { isObject } from '../json/isObject.ts';
import { dependentCheck, ownMember } from './assertions.ts';
import type { Schema } from './keywords.ts';
import { misspelling } from './misspelt.ts';
import { memberPath } from './path.ts';
import type { Check } from './run.ts';
import type { Subschemas } from './subschemas.ts';

type Members = Readonly<Record<string, Schema>>;

const notAllowed = 'The event type’s schema has no such property: leave it out.';

/** The checks of an object's members. */
export function objectChecks(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check[] {
  const checks: Check[] = [];
  const { properties, patternProperties, additionalProperties, propertyNames } = schema;
  if (propertyNames !== undefined)
    checks.push(namesCheck(subschemas.member(propertyNames as Schema, '.propertyNames')));
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
  return (value, run) => !isObject(value) || has(value) === undefined || check(value, run);
}

function namesCheck(check: Check): Check {
  return (value, run) => {
    if (!isObject(value)) return true;
    for (const name of Object.keys(value)) {
      run.spend(1);
      if (!check(name, run)) return run.failedIn(name);
    }
    return true;
  };
}

function propertiesCheck(properties: Members, subschemas: Subschemas): Check {
  const members = Object.entries(properties).map(([name, schema]) => ({
    name,
    of: ownMember(name),
    check: subschemas.member(schema, memberPath('.properties', name)),
  }));
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(members.length >> 2);
    for (const { name, of, check } of members) {
      const member = of(value);
      if (member === undefined) continue;
      if (!check(member, run)) return run.failedIn(name);
      run.evaluated?.names.add(name);
    }
    return true;
  };
}

/** Members whose names match a pattern, and members that no other keyword names. */
function othersCheck(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check {
  const named = new Set(Object.keys((schema.properties ?? {}) as Members));
  const byPattern = Object.entries((schema.patternProperties ?? {}) as Members).map(([source, of]) => ({
    pattern: subschemas.pattern(source),
    check: subschemas.member(of, memberPath('.patternProperties', source)),
  }));
  const { additionalProperties } = schema;
  const others =
    additionalProperties === undefined || additionalProperties === true
      ? null
      : subschemas.member(additionalProperties as Schema, '.additionalProperties');
  return (value, run) => {
    if (!isObject(value)) return true;
    if (additionalProperties !== undefined && run.evaluated) run.evaluated.allNames = true;
    for (const name of Object.keys(value)) {
      run.spend(1);
      let isKnown = named.has(name);
      for (const { pattern, check } of byPattern) {
        const matches = pattern.matches(name, run);
        if (run.isTimedOut) return run.failedIn(name);
        if (!matches) continue;
        isKnown = true;
        if (!check(value[name], run)) return run.failedIn(name);
        run.evaluated?.names.add(name);
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
    for (const name of Object.keys(value)) {
      run.spend(1);
      if (evaluated.names.has(name)) continue;
      if (schema === false) run.fail(notAllowed);
      else if (check(value[name], run)) continue;
      return run.failedIn(name);
    }
    evaluated.allNames = true;
    return true;
  };
}
