import { isNumberText, type Json, sameJson } from './jsonTree.ts';
import type { Schema, SchemaDocument } from './schemaDocument.ts';
import { type Choice, combined, partsOf, type Shape, shapeOf, type TypeName } from './shape.ts';

const hasType = (value: Json, type: TypeName): boolean => {
  if (type === 'integer') return value.kind === 'number' && Number.isInteger(Number(value.text));
  return value.kind === type;
};

/** Whether a value is of the types, constants and members that a schema asks for: enough to tell variants apart. The API checks all. */
export function fits(document: SchemaDocument, schema: Schema, value: Json, depth = 0): boolean {
  if (depth > 8) return true;
  const shape = shapeOf(document, schema);
  if (shape.never) return false;
  if (shape.types.length > 0 && !shape.types.some((type) => hasType(value, type))) return false;
  if (shape.constant && !sameJson(shape.constant, value)) return false;
  if (shape.choices && !shape.choices.some((each) => sameJson(each, value))) return false;
  if (value.kind === 'object') {
    for (const { name, schema: of, required } of shape.properties) {
      const member = value.members.find(([each]) => each === name);
      if (member === undefined ? required : !fits(document, of, member[1], depth + 1)) return false;
    }
    const known = new Set(shape.properties.map(({ name }) => name));
    if (shape.others === false && shape.patterns.length === 0 && value.members.some(([name]) => !known.has(name))) {
      return false;
    }
  }
  if (value.kind === 'array' && shape.items !== true) {
    const rest = value.items.slice(shape.first.length);
    if (!rest.every((item) => fits(document, shape.items, item, depth + 1))) return false;
  }
  return shape.variants.every(({ variants }) => variants.some((each) => fits(document, each, value, depth + 1)));
}

/** A choice that a form offers, and the variant that the value has. */
interface Chosen {
  readonly choice: Choice;
  /** The place of the variant. -1: the value fits none. */
  readonly at: number;
}

interface Resolved {
  readonly shape: Shape;
  readonly chosen: readonly Chosen[];
}

/** What a schema says about this very value: with the variants that it has, and what follows from its conditions. */
export function resolved(document: SchemaDocument, schema: Schema, value: Json): Resolved {
  let parts = partsOf(document, schema);
  const chosen: Chosen[] = [];
  const done = new Set<object>();
  for (let turn = 0; turn < 16; turn++) {
    const shape = combined(parts);
    const choice = shape.variants.find(({ variants }) => !done.has(variants[0] as object));
    if (choice) {
      done.add(choice.variants[0] as object);
      const at = bestOf(document, choice.variants, value);
      chosen.push({ choice, at });
      const variant = choice.variants[at];
      if (variant !== undefined) parts = added(parts, partsOf(document, variant));
      continue;
    }
    const condition = shape.conditions.find(({ when }) => typeof when === 'object' && !done.has(when));
    if (!condition) return { shape, chosen };
    done.add(condition.when as object);
    const follows = fits(document, condition.when, value) ? condition.follows : condition.otherwise;
    parts = added(parts, partsOf(document, follows));
  }
  return { shape: combined(parts), chosen };
}

const added = <Part>(parts: readonly Part[], more: readonly Part[]): readonly Part[] => [
  ...new Set([...parts, ...more]),
];

/** The variant that a value fits, else the one whose constants it has, else the one of its type. */
function bestOf(document: SchemaDocument, variants: readonly Schema[], value: Json): number {
  const fitting = variants.findIndex((each) => fits(document, each, value));
  if (fitting !== -1) return fitting;
  const points = variants.map((each) => likeness(document, each, value));
  const most = Math.max(...points);
  return most <= 0 ? -1 : points.indexOf(most);
}

function likeness(document: SchemaDocument, variant: Schema, value: Json): number {
  const shape = shapeOf(document, variant);
  if (shape.types.length > 0 && !shape.types.some((type) => hasType(value, type))) return 0;
  if (value.kind !== 'object') return 1;
  let points = 1;
  for (const { name, schema } of shape.properties) {
    const member = value.members.find(([each]) => each === name)?.[1];
    if (member === undefined) continue;
    const { constant, choices } = shapeOf(document, schema);
    if (constant) points += sameJson(constant, member) ? 10 : -10;
    else if (choices) points += choices.some((each) => sameJson(each, member)) ? 5 : -5;
    else points += 1;
  }
  return points;
}

/** A value to begin with: the schema's own default or example, else the least that it asks for. */
export function beginning(document: SchemaDocument, schema: Schema, type?: TypeName, depth = 0): Json {
  const shape = shapeOf(document, schema);
  const given = [shape.defaultValue, shape.constant, ...(shape.choices ?? []), ...shape.examples].find(
    (value): value is Json => value !== null && (type === undefined || hasType(value, type)),
  );
  if (given) return given;
  const [choice] = shape.variants;
  if (choice && depth < 6) {
    const parts = choice.variants.slice(0, 1).flatMap((each) => partsOf(document, each));
    return least(document, combined(added(partsOf(document, schema), parts)), type, depth);
  }
  return least(document, shape, type, depth);
}

function least(document: SchemaDocument, shape: Shape, type: TypeName | undefined, depth: number): Json {
  const likely = shape.properties.length > 0 ? 'object' : 'string';
  switch (type ?? shape.types.find((each) => each !== 'null') ?? shape.types[0] ?? likely) {
    case 'object': {
      const required = depth < 6 ? shape.properties.filter((property) => property.required) : [];
      return {
        kind: 'object',
        members: required.map(({ name, schema }) => [name, beginning(document, schema, undefined, depth + 1)]),
      };
    }
    case 'array': {
      const count = depth < 6 ? Math.min(Number(limit(shape, 'minItems') ?? 0), 10) : 0;
      const items = Array.from({ length: count }, (_, place) =>
        beginning(document, shape.first[place] ?? shape.items, undefined, depth + 1),
      );
      return { kind: 'array', items };
    }
    case 'number':
    case 'integer': {
      const text = limit(shape, 'minimum') ?? '0';
      return { kind: 'number', text: isNumberText(text) ? text : '0' };
    }
    case 'boolean':
      return { kind: 'boolean', value: false };
    case 'null':
      return { kind: 'null' };
    case 'string':
      return { kind: 'string', value: '' };
  }
}

const limit = (shape: Shape, name: string): string | undefined =>
  shape.limits.find((each) => each.name === name)?.value;
