import type { Scope } from '../access/permissions.ts';
import { ApiError, invalid } from '../errors.ts';
import { parseJson } from '../parseJson.ts';
import type { EventTypes } from './eventTypes.ts';
import { type CompiledSchema, compileSchema } from './jsonSchema.ts';
import type { PublishInput } from './published.ts';
import type { TimeLimit } from './timeLimit.ts';

/** How long a look-up of a type is believed, in milliseconds. Types are added and never changed, so this is for deletions to come. */
const believedMs = 5_000;
/** Most types, and most schemas, that are remembered. */
const mostRemembered = 5_000;

/** What is validated of an event. */
export type CheckedEvent = Pick<PublishInput, 'type' | 'data' | 'parsed'>;

/** Validates events against their types' schemas. */
export interface EventValidator {
  /**
   * @param event - its type, and its `data` as parsed and as text
   * @param path - where the event lies in the arguments, for the error's field
   * @param limit - the time that checking all events of a call may take
   * @throws ApiError VALIDATION_FAILED that names the path inside the data
   */
  check(scope: Scope, event: CheckedEvent, path: string, limit: TimeLimit): Promise<void>;
}

interface Known {
  readonly schemas: readonly CompiledSchema[];
  readonly until: number;
}

export function createEventValidator(eventTypes: EventTypes): EventValidator {
  const types = new Map<string, Known>();
  const compiled = new Map<string, CompiledSchema>();

  const remember = <T>(map: Map<string, T>, key: string, value: T): T => {
    if (map.size >= mostRemembered) {
      const [oldest] = map.keys();
      if (oldest !== undefined) map.delete(oldest);
    }
    map.set(key, value);
    return value;
  };

  async function schemasOf(scope: Scope, type: string, path: string): Promise<readonly CompiledSchema[]> {
    const key = `${scope.organizationId} ${scope.projectId ?? ''} ${type}`;
    const known = types.get(key);
    const now = performance.now();
    if (known && known.until > now) return known.schemas;
    const found = await eventTypes.find(scope, type);
    if (found.length === 0) {
      throw invalid(
        `${path}.type`,
        `There is no event type ${shown(type)} here: use one that "eventTypes" lists, or make it with "createEventType".`,
      );
    }
    const schemas = found.map(({ schema, trusted }) => {
      const name = `${trusted} ${schema}`;
      return (
        compiled.get(name) ??
        remember(compiled, name, compileSchema(parseJson(schema), schema, { field: 'schema', trusted }))
      );
    });
    types.delete(key);
    return remember(types, key, { schemas, until: now + believedMs }).schemas;
  }

  return {
    async check(scope, { type, data, parsed }, path, limit) {
      const schemas = await schemasOf(scope, type, path);
      const field = `${path}.data`;
      let first: ApiError | null = null;
      for (const schema of schemas) {
        try {
          schema.check(parsed, field, data.length, limit);
          return;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          first ??= error;
        }
      }
      if (first) throw new ApiError(first.code, `${first.message} (Event type ${shown(type)}.)`, first.field);
    },
  };
}

const longestShown = 128;

/** A type's name as a publisher gave it, however long that is. */
const shown = (type: string): string =>
  JSON.stringify(type.length > longestShown ? `${type.slice(0, longestShown)}…` : type);
