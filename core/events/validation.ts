import { createHash } from 'node:crypto';
import type { Scope } from '../access/permissions.ts';
import { JoinedReads } from '../fairness/joinedReads.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { CompiledSchema } from '../jsonSchema/compileSchema.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { EventTypes, FoundTypes } from './eventTypes.ts';
import { FairCache } from './fairCache.ts';
import type { PublishInput } from './published.ts';
import { archivedType } from './storedType.ts';
import { shownType } from './typeName.ts';

/**
 * How long a type's look-up is cached, in milliseconds. Changes of types do not wait for this: each look-up has the version of
 * its organization's types, which is checked when events are stored. It bounds how long a project's old profile is remembered.
 */
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
   * @param atLeast - a version of the organization's types: what was looked up before it, is looked up again
   * @returns the version of the organization's types by which the event is valid
   * @throws ApiError VALIDATION_FAILED that names the path inside the data, LIMIT_EXCEEDED or RATE_LIMITED if checking
   *   would take too long
   */
  check(scope: Scope, event: CheckedEvent, path: string, atLeast: bigint): Promise<bigint>;
}

interface Known {
  /** Digests of the schemas' texts. */
  readonly schemas: readonly string[];
  readonly version: bigint;
  readonly until: number;
}

/** A schema as it is stored, and whose compiled schemas it is among. */
interface Stored {
  readonly owner: string;
  readonly digest: string;
  readonly schema: string;
}

/** A type's schemas, and the version of the organization's types that they belong to. */
interface Schemas {
  readonly compiled: readonly CompiledSchema[];
  readonly version: bigint;
}

export function createEventValidator(eventTypes: EventTypes, checks: SchemaChecks): EventValidator {
  const types = new FairCache<Known>(maxTypes);
  const compiled = new FairCache<CompiledSchema>(maxBytes);
  // Refused events ask each time whether what this process remembers is old; many may come at once, of a new type, too. A tenant shares
  // with nobody: its reads and compilations wait for its own turns.
  const versions = new JoinedReads<bigint>();
  const finds = new JoinedReads<FoundTypes>();
  const compilations = new JoinedReads<CompiledSchema>();

  /** The cached schemas of a type; undefined if it must be looked up (again). */
  function cached({ organizationId }: Scope, key: string, atLeast: bigint): Schemas | undefined {
    const known = types.get(organizationId, key);
    if (!known || known.until <= performance.now() || known.version < atLeast) return undefined;
    const schemas = known.schemas.flatMap(
      (digest) => compiled.get(organizationId, digest) ?? compiled.get(ours, digest) ?? [],
    );
    return schemas.length === known.schemas.length ? { compiled: schemas, version: known.version } : undefined;
  }

  const present = ({ organizationId }: Scope): Promise<bigint> =>
    versions.get(organizationId, () => eventTypes.version(organizationId));

  async function lookUp(scope: Scope, type: string, key: string, path: string): Promise<Schemas> {
    const found = await finds.get(`${scope.organizationId} ${key}`, () => eventTypes.find(scope, type));
    if (found.archived) throw archivedType(`${path}.type`, type, 'published');
    if (found.schemas.length === 0) {
      throw invalid(
        `${path}.type`,
        `There is no event type ${shownType(type)} here: use one that "eventTypes" lists, or make it with "createEventType".`,
      );
    }
    const schemas: CompiledSchema[] = [];
    const digests: string[] = [];
    for (const { schema, trusted } of found.schemas) {
      // Tenants share no compiled schema; the profiles' are compiled once for all.
      const owner = trusted ? ours : scope.organizationId;
      const digest = createHash('sha256').update(schema).digest('base64');
      const known = compiled.get(owner, digest);
      schemas.push(known ?? (await compile(scope.organizationId, { owner, digest, schema }, type, path)));
      digests.push(digest);
    }
    const { version } = found;
    types.set(scope.organizationId, key, { schemas: digests, version, until: performance.now() + cachedMs }, 1);
    return { compiled: schemas, version };
  }

  /** A later version may refuse a schema that was accepted once: then the error names the type, not the event. */
  async function compile(
    by: string,
    { owner, digest, schema }: Stored,
    type: string,
    path: string,
  ): Promise<CompiledSchema> {
    try {
      return await compilations.get(`${by} ${owner} ${digest}`, async () => {
        const ready = compiled.get(owner, digest) ?? (await checks.compile(by, parseJson(schema), schema, 'schema'));
        compiled.set(owner, digest, ready, ready.bytes);
        return ready;
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new ApiError(
        error.code,
        `The schema of event type ${shownType(type)} can no longer be used, at "${error.field}": ${error.message} Correct it with "updateEventType".`,
        `${path}.type`,
      );
    }
  }

  /** Why an event does not fit; null if it does. An event that may have several schemas must fit one of them. */
  async function refusal(
    scope: Scope,
    { compiled: schemas }: Schemas,
    { type, data, parsed }: CheckedEvent,
    path: string,
  ): Promise<ApiError | null> {
    let first: ApiError | null = null;
    for (const schema of schemas) {
      const error = await checks.check(scope.organizationId, schema, parsed, `${path}.data`, data.length);
      if (error === null) return null;
      first ??= error;
    }
    return first && new ApiError(first.code, `${first.message} (Event type ${shownType(type)}.)`, first.field);
  }

  return {
    async check(scope, event, path, atLeast) {
      const key = `${scope.projectId ?? ''} ${event.type}`;
      const remembered = cached(scope, key, atLeast);
      const schemas = remembered ?? (await lookUp(scope, event.type, key, path));
      const error = await refusal(scope, schemas, event, path);
      if (error === null) return schemas.version;
      // What this process remembers may be old: nobody is refused by it. An event that fits is checked when it is stored.
      if (!remembered || (await present(scope)) === schemas.version) throw error;
      const now = await lookUp(scope, event.type, key, path);
      const stillRefused = await refusal(scope, now, event, path);
      if (stillRefused) throw stillRefused;
      return now.version;
    },
  };
}
