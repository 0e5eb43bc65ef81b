import { type Break, breaksOf, type Compatibility } from '../compatibility/compatibility.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { checkDescription, checkName } from '../ground/names.ts';
import { equal } from '../json/equal.ts';
import { parseJson } from '../json/parseJson.ts';
import type { CompiledSchema } from '../jsonSchema/compileSchema.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { SchemaWarning } from '../jsonSchema/warnings.ts';
import { isPlatformType } from '../profiles/catalogues/platform.ts';
import type { EventTypeTexts } from './catalogues.ts';
import { isTypeName, maxTypeNameLength } from './typeName.ts';

/** A JSON value with its source text. */
export interface WrittenJson {
  readonly value: unknown;
  readonly text: string;
}

/** A new type, from outside. */
export interface EventTypeInput {
  readonly name: string;
  readonly category: string | null;
  readonly description: string | null;
  readonly schema: WrittenJson;
  readonly example: WrittenJson | null;
  readonly compatibility?: Compatibility | undefined;
}

/** Changes of a type: undefined keeps a value; null removes it. */
export interface EventTypeChange {
  readonly category?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly schema?: WrittenJson | null | undefined;
  readonly example?: WrittenJson | null | undefined;
  readonly compatibility?: Compatibility | undefined;
}

/** A type as it shall be. What is left out of one that exists stays. */
export interface UpsertedInput extends EventTypeChange {
  readonly name: string;
  readonly schema: WrittenJson;
}

/** Everything of a type that may change. */
export interface EventTypeContent extends EventTypeTexts {
  readonly category: string | null;
  readonly compatibility: Compatibility;
}

export interface CheckedContent {
  readonly content: EventTypeContent;
  /** The schema of the content, where a change gave it. */
  readonly schema: unknown;
  /** Parts of a new schema that are valid but probably not intended. */
  readonly warnings: readonly SchemaWarning[];
}

/** @throws ApiError VALIDATION_FAILED for a name that no tenant may give */
export function requireTypeName(name: string): void {
  if (!isTypeName(name)) {
    throw invalid(
      'input.name',
      `A type is named like "resource.action": letters, digits, "_" and "-", with dots between, at most ${maxTypeNameLength} characters.`,
    );
  }
  if (isPlatformType(name)) throw invalid('input.name', 'Names that begin with "everhook." are Everhook\'s own.');
}

/**
 * What a type becomes by a change.
 *
 * @param before - the type as it is; null for a new one
 * @throws ApiError VALIDATION_FAILED or LIMIT_EXCEEDED
 */
export async function changedContent(
  checks: SchemaChecks,
  tenant: string,
  before: EventTypeContent | null,
  change: EventTypeChange,
): Promise<CheckedContent> {
  const { schema, example } = change;
  if (schema === null) throw invalid('input.schema', 'A type needs a schema: leave this out to keep it.');
  const compiled = schema && (await checks.compile(tenant, schema.value, schema.text, 'input.schema'));
  const content: EventTypeContent = {
    compatibility: change.compatibility ?? before?.compatibility ?? 'NONE',
    category:
      change.category == null
        ? change.category === null
          ? null
          : (before?.category ?? null)
        : checkName(change.category, 'input.category'),
    description:
      change.description === undefined
        ? (before?.description ?? null)
        : checkDescription(change.description, 'input.description'),
    schema:
      before && (!schema || equal(parseJson(before.schema), schema.value)) ? before.schema : (schema?.text ?? '{}'),
    example: example === undefined ? (before?.example ?? null) : (example?.text ?? null),
  };
  if (content.example !== null && (schema !== undefined || example != null)) {
    await requireFitting(checks, tenant, compiled, content.schema, content.example, example);
  }
  return { content, schema: schema?.value, warnings: compiled?.warnings ?? [] };
}

/**
 * What of a type's schema breaks by a change.
 *
 * @param tenant - whose type it is
 * @param field - path of the new schema
 */
export async function breaksBy(
  checks: SchemaChecks,
  tenant: string,
  compatibility: Compatibility,
  before: EventTypeContent,
  { content, schema }: CheckedContent,
  field: string,
): Promise<readonly Break[]> {
  if (schema === undefined || content.schema === before.schema) return [];
  return checks.inPieces(tenant, breaksOf(compatibility, parseJson(before.schema), schema, field));
}

/** @throws ApiError CONFLICT at the first place where a change breaks what the type promises */
export async function requireCompatible(
  checks: SchemaChecks,
  tenant: string,
  before: EventTypeContent,
  changed: CheckedContent,
  field = 'input.schema',
): Promise<void> {
  const { compatibility } = changed.content;
  const [first, ...others] = await breaksBy(checks, tenant, compatibility, before, changed, field);
  if (!first) return;
  const more =
    others.length === 0
      ? ''
      : ` ${others.length} more: ${others
          .slice(0, 4)
          .map(({ path }) => `"${path}"`)
          .join(', ')}.`;
  throw new ApiError(
    'CONFLICT',
    `The type's compatibility is ${compatibility}, and this change breaks it. ${first.message}${more} Change the schema so that it does not, make a type with a new name, or give another "compatibility" with this change.`,
    first.field,
  );
}

/** @param given - the new example; undefined where the type keeps the one that it has */
async function requireFitting(
  checks: SchemaChecks,
  tenant: string,
  compiled: CompiledSchema | undefined,
  schema: string,
  example: string,
  given: WrittenJson | null | undefined,
): Promise<void> {
  const by = compiled ?? (await checks.compile(tenant, parseJson(schema), schema, 'input.schema'));
  const value = given ? given.value : parseJson(example);
  const error = await checks.check(tenant, by, value, 'input.example', example.length);
  if (error === null) return;
  if (given) throw error;
  throw new ApiError(
    error.code,
    `The example that the type has does not fit this schema: give another "example" too, or null. ${error.message}`,
    'input.schema',
  );
}
