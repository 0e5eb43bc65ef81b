import { createHash } from 'node:crypto';
import type { Scope } from '../access/permissions.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { CompiledSchema } from '../jsonSchema/compileSchema.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { EventTypes } from './eventTypes.ts';
import { FairCache } from './fairCache.ts';
import type { PublishInput } from './published.ts';

/** How long a type's look-up is cached, in milliseconds. Types never change, so this matters only if deletion is added. */
const cachedMs = 5_000;
/** Maximum of cached look-ups. */
const maxTypes = 50_000;
/** Memory for compiled schemas, in bytes. */
const maxBytes = 128 * 1024 * 1024;
/** Stands for the tenant of the profiles' schemas. */
const ours = '';

/** The parts of an event that are validated. */
export type CheckedEvent = Pick<PublishInput, 'type' | 'data' | 'parsed'>;

/** Validates events against their types' schemas. */
export interface EventValidator {
  /**
   * @param event - its type, and its `data` as parsed and as text
   * @param path - where the event lies in the arguments, for the error's field
   * @throws ApiError VALIDATION_FAILED that names the path inside the data, LIMIT_EXCEEDED or RATE_LIMITED if checking
   *   would take too long
   */
  check(scope: Scope, event: CheckedEvent, path: string): Promise<void>;
}

interface Known {
  /** Digests of the schemas' texts. */
  readonly schemas: readonly string[];
  readonly until: number;
}

export function createEventValidator(eventTypes: EventTypes, checks: SchemaChecks): EventValidator {
  const types = new FairCache<Known>(maxTypes);
  const compiled = new FairCache<CompiledSchema>(maxBytes);

  /** The cached schemas of a type; undefined if it must be looked up (again). */
  function cached({ organizationId }: Scope, key: string): CompiledSchema[] | undefined {
    const known = types.get(organizationId, key);
    if (!known || known.until <= performance.now()) return undefined;
    const schemas = known.schemas.flatMap(
      (digest) => compiled.get(organizationId, digest) ?? compiled.get(ours, digest) ?? [],
    );
    return schemas.length === known.schemas.length ? schemas : undefined;
  }

  async function lookUp(scope: Scope, type: string, key: string, path: string): Promise<CompiledSchema[]> {
    const found = await eventTypes.find(scope, type);
    if (found.length === 0) {
      throw invalid(
        `${path}.type`,
        `There is no event type ${shown(type)} here: use one that "eventTypes" lists, or make it with "createEventType".`,
      );
    }
    const schemas: CompiledSchema[] = [];
    const digests: string[] = [];
    for (const { schema, trusted } of found) {
      // Tenants share no compiled schema; the profiles' are compiled once for all.
      const tenant = trusted ? ours : scope.organizationId;
      const digest = createHash('sha256').update(schema).digest('base64');
      const ready = compiled.get(tenant, digest) ?? (await compile(scope.organizationId, schema, type, path));
      compiled.set(tenant, digest, ready, ready.bytes);
      digests.push(digest);
      schemas.push(ready);
    }
    types.set(scope.organizationId, key, { schemas: digests, until: performance.now() + cachedMs }, 1);
    return schemas;
  }

  /** A later version may refuse a schema that was accepted once: then the error names the type, not the event. */
  async function compile(tenant: string, schema: string, type: string, path: string): Promise<CompiledSchema> {
    try {
      return await checks.compile(tenant, parseJson(schema), schema, 'schema');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new ApiError(
        error.code,
        `The schema of event type ${shown(type)} can no longer be used, at "${error.field}": ${error.message} Create a type with a corrected schema and publish events of that type.`,
        `${path}.type`,
      );
    }
  }

  return {
    async check(scope, { type, data, parsed }, path) {
      const key = `${scope.projectId ?? ''} ${type}`;
      const schemas = cached(scope, key) ?? (await lookUp(scope, type, key, path));
      let first: ApiError | null = null;
      for (const schema of schemas) {
        const error = await checks.check(scope.organizationId, schema, parsed, `${path}.data`, data.length);
        if (error === null) return;
        first ??= error;
      }
      if (first) throw new ApiError(first.code, `${first.message} (Event type ${shown(type)}.)`, first.field);
    },
  };
}

const maxShownLength = 128;

/** A type's name for an error, shortened if it is very long. */
const shown = (type: string): string =>
  JSON.stringify(type.length > maxShownLength ? `${type.slice(0, maxShownLength)}…` : type);
