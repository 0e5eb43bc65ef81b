import { requireIn, type Scope } from '../../core/access/permissions.ts';
import type { Principal } from '../../core/access/principal.ts';
import { keyedAsOne } from '../../core/events/idempotency.ts';
import type { PublishInput } from '../../core/events/published.ts';
import { readDateTime } from '../../core/ground/dateTime.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { jsonTextOf } from '../../core/json/sourceText.ts';
import { scopeOf } from '../../schema/scopeArgs.ts';
import type { Services } from '../../schema/services.ts';
import type { Handlers } from './handlers.ts';
import { idOf } from './references.ts';
import type { NewEvent, NewEventIn } from './shapes.ts';

/** Publishing by REST: the same as the mutation `publishEvents`, by the same functions. */
export function createEventHandlers(services: Services): Pick<Handlers, 'publishEvents'> {
  async function scopeNamed(principal: Principal, { organizationId, projectId }: Named): Promise<Scope> {
    const within =
      organizationId === undefined
        ? {}
        : { organizationId: await idOf(services, principal, 'organization', organizationId, 'organizationId') };
    const project =
      projectId === undefined
        ? {}
        : { projectId: await idOf(services, principal, 'project', projectId, 'projectId', within) };
    return scopeOf({ principal, services }, { ...within, ...project });
  }

  return {
    async publishEvents({ principal, query, body, idempotencyKey, trace }) {
      const isList = Array.isArray(body);
      const scope = await scopeNamed(principal, isList ? query : named(body, query));
      requireIn(principal, 'EVENT_PUBLISH', scope);
      const inputs = (isList ? body : [body]).map(inputOf);
      const keyed = idempotencyKey === null ? inputs : keyedByHeader(inputs, idempotencyKey, isList);
      try {
        const published = await services.publisher.publish(scope, keyed, trace);
        const events = published.map(({ id, type, occurredAt, createdAt }) => ({
          id,
          type,
          occurredAt: occurredAt.toISOString(),
          createdAt: createdAt.toISOString(),
        }));
        return { body: { events } };
      } catch (error) {
        throw error instanceof ApiError ? asWritten(error, keyed, isList, idempotencyKey !== null) : error;
      }
    },
  };
}

interface Named {
  readonly projectId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** The project and the organization that the body names or, where it does not, the query. */
function named(body: NewEventIn, query: Named): Named {
  for (const name of ['projectId', 'organizationId'] as const) {
    if (body[name] !== undefined && query[name] !== undefined && body[name] !== query[name]) {
      throw invalid(name, `The query names another "${name}" than the body: give it once.`);
    }
  }
  return { projectId: body.projectId ?? query.projectId, organizationId: body.organizationId ?? query.organizationId };
}

function inputOf(event: NewEvent): PublishInput {
  return {
    type: event.type,
    data: jsonTextOf(event.data),
    parsed: event.data,
    previous: event.previous == null ? null : jsonTextOf(event.previous),
    occurredAt: event.occurredAt == null ? null : readDateTime(event.occurredAt),
    idempotencyKey: event.idempotencyKey ?? null,
    labels: event.labels ?? [],
    traceparent: event.traceparent ?? null,
  };
}

function keyedByHeader(inputs: readonly PublishInput[], key: string, isList: boolean): PublishInput[] {
  const at = inputs.findIndex(({ idempotencyKey }) => idempotencyKey !== null && (isList || idempotencyKey !== key));
  if (at !== -1) {
    throw invalid(
      `${isList ? `[${at}].` : ''}idempotencyKey`,
      'Give either the header "Idempotency-Key", which stands for the whole call, or a key for each event.',
    );
  }
  return keyedAsOne(inputs, key);
}

/** An error of the domain, with its field as this body has it: `[3].data.weight` in a list, `data.weight` in one event. */
function asWritten(error: ApiError, inputs: readonly PublishInput[], isList: boolean, byHeader: boolean): ApiError {
  const { code, message, field, retryAfterSeconds, permission } = error;
  if (field === undefined) return error;
  const path = field
    .replace(/^input\.events/, '')
    // Labels are an object here, and a list there.
    .replace(
      /^\[(\d+)\]\.labels\[(\d+)\]\.\w+$/,
      (_, event, label) => `[${event}].labels.${inputs[event]?.labels[label]?.key}`,
    );
  const own = byHeader && path.endsWith('.idempotencyKey') ? 'Idempotency-Key' : path;
  const written = own === '' ? 'body' : isList ? own : own.replace(/^\[0\]\./, '');
  return new ApiError(code, message, written, retryAfterSeconds, permission);
}
