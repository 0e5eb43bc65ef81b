import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ApiError, invalid } from '../errors.ts';
import { TimeLimit, TimeOver } from './timeLimit.ts';

/** Longest schema, in bytes of its text. */
const longestSchema = 64 * 1024;
const deepestSchema = 32;
/** How long compiling one schema may take, in milliseconds. */
const compileMs = 500;
const draft = 'https://json-schema.org/draft/2020-12/schema';

/** A JSON Schema, ready to check values. */
export interface CompiledSchema {
  /**
   * @param size - length of the value's JSON text
   * @param limit - the time that this, and whatever else runs under the limit, may take
   * @throws ApiError VALIDATION_FAILED whose field continues `field` into the value, LIMIT_EXCEEDED where the time is over
   */
  check(value: unknown, field: string, size: number, limit: TimeLimit): void;
}

// One for all schemas: what it learned of one tenant's must not be there for another's, see `compile`.
const ajv = new Ajv2020({
  strictSchema: true,
  strictNumbers: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  addUsedSchema: false,
  logger: false,
});
(addFormats as unknown as typeof addFormats.default)(ajv);

/**
 * Compiles a JSON Schema of draft 2020-12.
 *
 * @param options.field - where the schema lies in the arguments, for errors
 * @param options.trusted - it is one of ours, so that its checks need no time limit
 * @throws ApiError VALIDATION_FAILED that names the place inside the schema, or LIMIT_EXCEEDED
 */
export function compileSchema(
  schema: unknown,
  text: string,
  options: { readonly field: string; readonly trusted: boolean },
): CompiledSchema {
  const { field, trusted } = options;
  if (!trusted) checkShape(schema, text, field);
  const validate = compile(schema as object, field);
  const isQuick = trusted ? () => true : quickFor(schema);
  return {
    check(value, at, size, limit) {
      const valid = isQuick(size) ? validate(value) : limited(() => validate(value), limit, at, slowCheck);
      if (!valid) throw explain(validate.errors?.[0], value, at);
    },
  };
}

/** Can take time out of all proportion to the value: searches, comparisons of items with each other, recursion. */
const superlinear = new Set(['pattern', 'patternProperties', 'uniqueItems', 'contains', '$ref', '$dynamicRef']);
/** Longest value whose formats are checked without a limit: their patterns are not a tenant's, but are patterns. */
const shortForFormats = 10_000;
/** What else there is takes at most as many steps as the schema has parts, for each character of the value. */
const quickSteps = 1_000_000;

/** For which values, by the length of their text, a schema is so quick that limiting the time would cost more. */
function quickFor(schema: unknown): (size: number) => boolean {
  let parts = 0;
  let isSuperlinear = false;
  let hasFormats = false;
  const walk = (value: unknown): void => {
    parts++;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (superlinear.has(key)) isSuperlinear = true;
      if (key === 'format') hasFormats = true;
      walk(item);
    }
  };
  walk(schema);
  if (isSuperlinear) return () => false;
  return (size) => size * parts <= quickSteps && (!hasFormats || size <= shortForFormats);
}

const slowCheck = 'Checking this against the schema takes too long: simplify its patterns, or what it compares.';

function compile(schema: object, field: string): ValidateFunction {
  // Under its own name it would take the place of what has that name: the draft's schema of schemas, say.
  const { $id: _, ...own } = schema as { $id?: unknown };
  try {
    if (!ajv.validateSchema(schema)) {
      const [error] = ajv.errors ?? [];
      throw invalid(
        continued(field, error?.instancePath ?? '', schema),
        `The schema is not valid draft 2020-12: this ${error?.message ?? 'is wrong'}.`,
      );
    }
    const limit = new TimeLimit(compileMs);
    return limited(() => ajv.compile(own), limit, field, 'Compiling this schema takes too long: simplify it.');
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw invalid(placeOf(message, schema, field), `The schema cannot be used: ${message}.`);
  } finally {
    // Compiled schemas are otherwise kept for ever, by the schema's own object.
    ajv.removeSchema(own);
  }
}

function checkShape(schema: unknown, text: string, field: string): void {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw invalid(field, 'A schema is a JSON object, for example {"type":"object"}.');
  }
  if (Buffer.byteLength(text) > longestSchema) {
    throw new ApiError('LIMIT_EXCEEDED', `A schema has at most ${longestSchema / 1024} KiB.`, field);
  }
  const walk = (value: unknown, path: string, depth: number, isNamed = false): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth > deepestSchema) {
      throw new ApiError('LIMIT_EXCEEDED', `A schema is at most ${deepestSchema} levels deep.`, path);
    }
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`, depth + 1);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const inner = `${path}.${key}`;
      // The compiler's own: it would make a validator that answers later, which nobody waits for.
      if (key === '$async' && !isNamed) throw invalid(inner, 'JSON Schema has no such keyword: leave it out.');
      checkReference(key, item, inner, depth);
      walk(item, inner, depth + 1, !isNamed && named.has(key));
    }
  };
  walk(schema, field, 1);
}

/** Keywords below which keys are names, not keywords. */
const named = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);

/** Schemas stand alone: nothing is fetched, and none can name another tenant's. */
function checkReference(key: string, value: unknown, path: string, depth: number): void {
  if (typeof value !== 'string') return;
  if ((key === '$ref' || key === '$dynamicRef') && !value.startsWith('#')) {
    throw invalid(path, 'A reference stays inside the schema: begin it with "#", as in "#/$defs/address".');
  }
  if (key === '$schema' && value !== draft && value !== `${draft}#`) {
    throw invalid(path, `Schemas are of draft 2020-12: leave "$schema" out, or write "${draft}".`);
  }
  if (key === '$id' && depth > 1) throw invalid(path, 'Only the schema as a whole may have an "$id".');
}

/** Does work that a tenant's schema governs. @throws ApiError LIMIT_EXCEEDED where the time is over */
function limited<T>(work: () => T, limit: TimeLimit, field: string, problem: string): T {
  try {
    return limit.run(work);
  } catch (error) {
    if (error instanceof TimeOver) throw new ApiError('LIMIT_EXCEEDED', problem, field);
    throw error;
  }
}

function explain(error: ErrorObject | undefined, value: unknown, field: string): ApiError {
  if (!error) return invalid(field, 'This does not match the event type’s schema.');
  const at = continued(field, error.instancePath, value);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return invalid(
        member(at, String(params.missingProperty)),
        'This is required by the event type’s schema: add it.',
      );
    case 'additionalProperties':
      return invalid(
        member(at, String(params.additionalProperty)),
        'The event type’s schema has no such property: leave it out.',
      );
    case 'unevaluatedProperties':
      return invalid(
        member(at, String(params.unevaluatedProperty)),
        'The event type’s schema has no such property: leave it out.',
      );
    case 'enum':
      return invalid(at, `This must be one of ${JSON.stringify(params.allowedValues).slice(0, 300)}.`);
    case 'const':
      return invalid(at, `This must be ${JSON.stringify(params.allowedValue)?.slice(0, 300)}.`);
    default:
      return invalid(at, `This ${error.message ?? 'does not match the event type’s schema'}.`);
  }
}

const member = (path: string, key: string) => `${path}.${key}`;

/** A JSON Pointer into a value, as the rest of a field's path: `/labels/0` is `.labels[0]`. */
function continued(field: string, pointer: string, value: unknown): string {
  let path = field;
  let at = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(at) ? `${path}[${key}]` : member(path, key);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return path;
}

/** Where in a schema the word is that a compiler's message quotes; the schema as a whole where it is nowhere. */
function placeOf(message: string, schema: unknown, field: string): string {
  const words = [...message.matchAll(/"([^"]+)"|reference (\S+)|\/(.+)\/[a-z]*:/g)].map((m) => m[1] ?? m[2] ?? m[3]);
  let place: string | null = null;
  const walk = (value: unknown, path: string): void => {
    if (place !== null || typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const inner = Array.isArray(value) ? `${path}[${key}]` : member(path, key);
      if (place === null && (words.includes(key) || (typeof item === 'string' && words.includes(item)))) place = inner;
      walk(item, inner);
    }
  };
  walk(schema, field);
  return place ?? field;
}
