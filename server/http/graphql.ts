import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  type Source,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { tenantOf } from '../../core/access/tenant.ts';
import type { AnswerBudget } from '../../core/answers/budgets.ts';
import { inMebibytes } from '../../core/answers/limits.ts';
import { pathOfLongestText, sizeOf } from '../../core/answers/size.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { complexityLimits } from '../../schema/builder.ts';
import type { Context } from '../../schema/context.ts';
import { FinalError } from '../../schema/followedOne.ts';
import { schema } from '../../schema/schema.ts';
import { DocumentCache } from './documentCache.ts';
import { fieldsMerge } from './fieldsMerge.ts';
import { checkIntrospection, fewFields } from './introspection.ts';
import { isOutage } from './isOutage.ts';
import { type Presenter, rootOf } from './present.ts';
import type { GraphQLParams } from './requestParser.ts';
import { RestingTurns } from './restingTurns.ts';

/** Documents that people and generators write have a few hundred tokens. */
const maxTokens = 4_000;

/** Variable errors reported at a time: each holds the whole value around it, which may be as long as a body. */
const maxVariableErrors = 3;

/** Document errors reported at a time: each is expensive, because it suggests what may have been meant. */
const maxDocumentErrors = 5;
const rules = [...specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule), fieldsMerge];

/** Parses a document, up to the token limit. @throws GraphQLError */
export const parseDocument = (query: string | Source): DocumentNode => parse(query, { maxTokens });

/** Validates a document. @param more - rules beside this service's own */
export const validateDocument = (document: DocumentNode, more: readonly ValidationRule[] = []) =>
  validate(schema, document, [...rules, ...more], { maxErrors: maxDocumentErrors });

/** Characters of a document that is checked without waiting for a turn: it takes a few milliseconds at most. */
const shortDocumentCharacters = 2_048;
/** Longest document, in characters, that is cached: one that holds whole payloads as literals never comes again. */
const maxCachedCharacters = 16 * 1024;
/** A cached refusal is small, however long its document is. */
const maxRefusedCharacters = 256 * 1024;

/** How long a subscription waits before it asks again who its reader is, in milliseconds. */
const renewAgainMs = 1_000;

/** A document that may be run. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly params: GraphQLParams;
  /** Number of schema fields that it asks for. */
  readonly introspected: number;
}

/** A valid document. */
interface ValidDocument {
  readonly document: DocumentNode;
  /** Whether it asks for the schema; those fields are counted anew with each call's variables. */
  readonly introspects: boolean;
}

/** GraphQL without a transport: HTTP and WebSocket run operations through the same engine. */
export interface GraphQLEngine {
  /**
   * Parses and validates, or takes the cached result. Introspection is bounded anew for each call.
   *
   * @param owner - the tenant to whom the cached document is charged
   */
  prepare(params: GraphQLParams, owner?: string): Prepared | { readonly refused: FormattedExecutionResult };
  /** Whether {@link prepare} would occupy the thread for long; then it waits for its turn. */
  isLong(params: GraphQLParams): boolean;
  /** The turns of work that occupies the thread for long. */
  readonly turns: RestingTurns;
  /**
   * Takes a document that was parsed and validated elsewhere; introspection is bounded here, too.
   *
   * @throws ApiError VALIDATION_FAILED, LIMIT_EXCEEDED
   */
  adopt(document: DocumentNode, params: GraphQLParams): Prepared;
  /**
   * Runs a query or a mutation. A heavy query waits for its turn, and a large answer for room. The caller ends `context.answer` once
   * the result was written.
   *
   * @throws ApiError UNAVAILABLE if too many wait; RATE_LIMITED
   */
  execute(prepared: Prepared, context: Context): Promise<ExecutionResult>;
  /**
   * Starts a subscription. Every event gets a context of its own, so that current permissions apply and nothing loaded
   * for an earlier event is used again.
   *
   * The caller may end an event's `answer` once it was written; asking for the next event ends it too.
   *
   * @param renew - makes the context of the next event; throws when the caller may not go on
   */
  subscribe(
    prepared: Prepared,
    context: Context,
    renew: () => Promise<Context>,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}

export function createGraphQLEngine(presenter: Presenter): GraphQLEngine {
  // Most calls send one of a few documents. Valid ones are found by their text alone and run by GraphQL's own executor:
  // measured with one event a call, Yoga's pipeline around both takes 5 % of the API's time.
  const validDocuments = new DocumentCache<ValidDocument>(500, maxCachedCharacters);
  const refusals = new DocumentCache<FormattedExecutionResult>(500, maxRefusedCharacters);
  const turns = new RestingTurns();

  const argsOf = ({ document, params }: Prepared, contextValue: Context): ExecutionArgs => ({
    schema,
    document,
    contextValue,
    variableValues: params.variables ?? null,
    operationName: params.operationName ?? null,
    options: { maxCoercionErrors: maxVariableErrors },
  });

  async function run(args: ExecutionArgs): Promise<ExecutionResult> {
    try {
      return (await execute(args)) as ExecutionResult;
    } catch (error) {
      return { errors: [asGraphQLError(error)] };
    }
  }

  function prepared(document: DocumentNode, params: GraphQLParams, mayIntrospect: boolean): Prepared {
    const operation = getOperationAST(document, params.operationName);
    if (!operation) throw unnamed(params.operationName);
    const introspected = mayIntrospect
      ? checkIntrospection({ schema, document, operation, ...params }, complexityLimits.complexity)
      : 0;
    return { document, operation, params, introspected };
  }

  return {
    turns,

    isLong({ query }) {
      const known = validDocuments.get(query);
      if (known) return known.introspects;
      return (query.length > shortDocumentCharacters || introspection.test(query)) && !refusals.get(query);
    },

    prepare(params, owner = '') {
      const { query } = params;
      const refused = refusals.get(query);
      if (refused) return { refused };
      const known = validDocuments.get(query);
      let document = known?.document;
      try {
        if (!document) {
          document = parseDocument(query);
          const errors = validateDocument(document);
          if (errors.length > 0) throw new AggregateError(errors);
          validDocuments.set(query, { document, introspects: introspection.test(query) }, owner);
        }
      } catch (error) {
        const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
        const refusal = { errors: errors.map((each) => presenter.error(each, undefined, document)) };
        refusals.set(query, refusal, owner);
        return { refused: refusal };
      }
      try {
        return prepared(document, params, known === undefined || known.introspects);
      } catch (error) {
        return { refused: { errors: [presenter.error(error, undefined, document)] } };
      }
    },

    adopt: (document, params) => prepared(document, params, true),

    async execute(prepared, context) {
      const { operation } = prepared.operation;
      // Outside of the turn, as it may wait.
      if (prepared.introspected > fewFields) {
        return bounded(
          await turns.take(tenantOf(context.principal), () => run(argsOf(prepared, context))),
          context,
          operation,
        );
      }
      const begin = async () => {
        if (isHeavy(prepared)) await context.answer.reserve();
        return run(argsOf(prepared, context));
      };
      // Also for a document that was checked before: computing the cost of a long one takes milliseconds.
      const isLongQuery = operation === 'query' && prepared.params.query.length > shortDocumentCharacters;
      const result = await (isLongQuery ? turns.begin(tenantOf(context.principal), begin) : begin());
      return bounded(result, context, operation);
    },

    async subscribe(prepared, context, renew) {
      const args = argsOf(prepared, context);
      let source: AsyncIterable<unknown> | ExecutionResult;
      try {
        source = await createSourceEventStream(args);
      } catch (error) {
        return { errors: [asGraphQLError(error)] };
      }
      if (!(Symbol.asyncIterator in source)) return source;
      const events = source[Symbol.asyncIterator]();
      let isOpen = true;
      /** Of the last event: once the next is asked for, it was written. */
      let answer: AnswerBudget | undefined;
      /** Ends a wait at once. */
      let wake = () => {};
      const pause = () =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, renewAgainMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      /** An event waits until the database that says who may see it is back. */
      const renewed = async (): Promise<Context> => {
        for (;;) {
          try {
            return await renew();
          } catch (error) {
            if (!isOpen || !isOutage(error)) throw error;
          }
          await pause();
        }
      };
      /** It also waits for what it shows: an error in its place would be all that its reader ever learns of it. */
      const answerTo = async (rootValue: unknown): Promise<ExecutionResult> => {
        for (;;) {
          const contextValue = await renewed();
          answer = contextValue.answer;
          const value = await boundedEvent(await run({ ...args, rootValue, contextValue }), contextValue);
          if (!isOpen || !value.errors?.some((error) => isOutage(rootOf(error)))) return value;
          answer.end();
          await pause();
        }
      };
      const end = async () => {
        isOpen = false;
        answer?.end();
        wake();
        await events.return?.();
        return { done: true, value: undefined } as const;
      };
      const answers: AsyncIterableIterator<ExecutionResult> = {
        async next() {
          if (!isOpen) return { done: true, value: undefined };
          answer?.end();
          try {
            const event = await events.next();
            // A source that ended by itself must release what it holds, too.
            if (event.done) return await end();
            const value = await answerTo(event.value);
            // After the permission is revoked, send one FORBIDDEN and end, however many changes wait here.
            if (value.errors?.some((error) => error.path?.length === 1 && isFinal(error))) await end();
            return { done: false, value };
          } catch (error) {
            await end();
            throw error;
          }
        },
        return: end,
        [Symbol.asyncIterator]() {
          return this;
        },
      };
      return answers;
    },
  };
}

function isFinal(error: GraphQLError): boolean {
  const cause = rootOf(error);
  return cause instanceof FinalError || (cause instanceof ApiError && cause.code === 'FORBIDDEN');
}

function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

/** A document that asks for the schema contains one of these names. */
const introspection = /__(?:schema|type)\b/;

/** Operations of this complexity read many rows at once: a page of 50 deliveries with their events' data comes to 10,000. */
const heavyComplexity = 5_000;

/** Only for queries: a mutation's work is bounded by its cost already. */
function isHeavy({ document, operation, params }: Prepared): boolean {
  if (operation.operation !== 'query') return false;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  try {
    const one = { kind: Kind.DOCUMENT as const, definitions: [operation, ...fragments] };
    return complexityFromQuery(one, { schema, variables: { ...params.variables } }).complexity >= heavyComplexity;
  } catch {
    // The variables do not fit the document; the execution reports it.
    return false;
  }
}

/**
 * Bounds an answer before it is serialized: aliases can repeat what was read once. One that is too long is refused; a large one waits
 * for room.
 *
 * @throws as `AnswerBudget.complete`
 */
async function bounded(
  result: ExecutionResult,
  { answer }: Context,
  kind: `${OperationTypeNode}`,
): Promise<ExecutionResult> {
  const size = sizeOf(result.data, answer.maxBytes);
  const isTooLong = size > answer.maxBytes;
  try {
    const room = answer.complete(isTooLong ? 0 : size, kind);
    if (room) await room;
  } catch (error) {
    answer.end();
    if (kind === 'mutation') return unsent();
    throw error;
  }
  return isTooLong ? tooLong(result, answer.maxBytes) : result;
}

async function boundedEvent(result: ExecutionResult, context: Context): Promise<ExecutionResult> {
  try {
    return await bounded(result, context, 'subscription');
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  }
}

/** Not UNAVAILABLE, which says that it may be sent again. */
function unsent(): ExecutionResult {
  const message =
    'This was done, but there is no room for its answer: too many large answers are under way. Do not send it again; ask for what you need of it.';
  return {
    data: null,
    errors: [new GraphQLError(message, { originalError: new ApiError('LIMIT_EXCEEDED', message) })],
  };
}

function tooLong(result: ExecutionResult, maxBytes: number): ExecutionResult {
  const path = pathOfLongestText(result.data);
  const message = `This answer would be longer than ${inMebibytes(maxBytes)}, the most that is answered at once. Ask for fewer at a time, above all of "${path.join('.')}".`;
  const originalError = new ApiError('LIMIT_EXCEEDED', message);
  return { data: null, errors: [new GraphQLError(message, { path, originalError })] };
}

const unnamed = (operationName: string | undefined) =>
  invalid(
    'operationName',
    operationName === undefined
      ? 'The document has no operation, or more than one: name the one to run with "operationName".'
      : 'The document has no operation of this name.',
  );
