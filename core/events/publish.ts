import { ApiError, invalid } from '../ground/errors.ts';
import { checkIdempotencyKey } from '../ground/idempotencyKey.ts';
import { newId } from '../ground/newId.ts';
import { parseJson } from '../json/parseJson.ts';
import { checkedLabels } from '../labels/label.ts';
import { isPlatformType } from '../profiles/catalogues/platform.ts';
import type { CallTrace, EventTrace, PublishTrace, Tracing } from '../tracing/tracing.ts';
import type { CallEvent, GroupCommit } from './groupCommit.ts';
import { digestOf } from './idempotency.ts';
import type { PublishedEvent, PublishInput, PublishScope } from './published.ts';
import type { EventValidator } from './validation.ts';

const maxEventsPerCall = 100;
/** Everhook itself publishes in tenants' scopes, under keys with this prefix. */
const ownKeys = 'everhook.';

/** Validates events against their types' schemas, stores them and starts their deliveries. */
export class Publisher {
  readonly #validator: EventValidator;
  readonly #commits: GroupCommit;
  readonly #tracing: Tracing | null;

  constructor(validator: EventValidator, commits: GroupCommit, tracing: Tracing | null = null) {
    this.#validator = validator;
    this.#commits = commits;
    this.#tracing = tracing;
  }

  /**
   * Publishes 1–100 events, all or none. When this resolves they are committed and their deliveries have started.
   *
   * @param call - the call's place in its caller's trace; gets its own
   * @returns the events in the order given; for a repeated idempotency key, the event of the first call
   * @throws ApiError VALIDATION_FAILED naming the event and the path in its data, LIMIT_EXCEEDED, CONFLICT or UNAVAILABLE
   */
  async publish(
    scope: PublishScope,
    inputs: readonly PublishInput[],
    call: CallTrace = { traceparent: null },
  ): Promise<PublishedEvent[]> {
    const trace = this.#tracing === null ? null : this.#tracing.publish(scope, inputs, call.traceparent);
    if (trace === null) return this.#publish(scope, inputs, null);
    if (trace.recorded !== null) call.recorded ??= trace.recorded;
    try {
      const published = await this.#publish(scope, inputs, trace);
      trace.ended(null);
      return published;
    } catch (error) {
      trace.ended(error);
      throw error;
    }
  }

  async #publish(
    scope: PublishScope,
    inputs: readonly PublishInput[],
    trace: PublishTrace | null,
  ): Promise<PublishedEvent[]> {
    if (inputs.length === 0) throw invalid('input.events', 'Give at least one event.');
    if (inputs.length > maxEventsPerCall) {
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `At most ${maxEventsPerCall} events a call. Split the list.`,
        'input.events',
      );
    }
    const checked: PublishInput[] = [];
    for (const [index, input] of inputs.entries()) {
      const path = `input.events[${index}]`;
      const key = input.idempotencyKey;
      if (key !== null) checkIdempotencyKey(key, `${path}.idempotencyKey`);
      if (isPlatformType(input.type)) {
        throw invalid(
          `${path}.type`,
          'Names that begin with "everhook." are Everhook\'s own: only it publishes those.',
        );
      }
      if (key?.startsWith(ownKeys)) {
        throw invalid(`${path}.idempotencyKey`, `Keys that begin with "${ownKeys}" are Everhook's own: use another.`);
      }
      checked.push({ ...input, labels: checkedLabels(input.labels, `${path}.labels`) });
    }
    const now = new Date();
    const version = await this.#validate(scope, checked, this.#commits.typesVersion(scope.organizationId));
    const texts = checked.map((input) => ({ ...input, parsed: undefined }));
    if (trace !== null) trace.storing();
    return this.#commits.store(
      scope,
      checked.map((input, index) => prepare(scope, input, now, trace === null ? null : trace.of(index))),
      // The data are parsed anew then: until they are stored, only their texts stay in memory.
      { version, validate: (atLeast) => this.#validate(scope, texts.map(parsedAgain), atLeast) },
    );
  }

  /** @returns the oldest version of the organization's types by which an event is valid */
  async #validate(scope: PublishScope, inputs: readonly PublishInput[], atLeast: bigint): Promise<bigint> {
    let oldest: bigint | null = null;
    for (const [index, input] of inputs.entries()) {
      const version = await this.#validator
        .check(scope, input, `input.events[${index}]`, atLeast)
        .catch(async (error) => {
          // A call that is repeated gets the event of the first one, whatever became of the type since.
          const { idempotencyKey: key } = input;
          if (key !== null && (await this.#commits.isRepetition(scope, key, digestOf(input)))) return atLeast;
          throw error;
        });
      if (oldest === null || version < oldest) oldest = version;
    }
    return oldest ?? atLeast;
  }
}

const parsedAgain = (input: PublishInput): PublishInput => ({ ...input, parsed: parseJson(input.data) });

function prepare(scope: PublishScope, input: PublishInput, now: Date, trace: EventTrace | null): CallEvent {
  return {
    event: {
      id: newId(),
      organizationId: scope.organizationId,
      projectId: scope.projectId,
      type: input.type,
      data: input.data,
      occurredAt: input.occurredAt ?? now,
      createdAt: now,
      labels: input.labels,
    },
    previous: input.previous,
    idempotencyKey: input.idempotencyKey,
    digest: input.idempotencyKey === null ? null : digestOf(input),
    trace,
  };
}
