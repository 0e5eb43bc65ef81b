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
  OverlappingFieldsCanBeMergedRule,
  parse,
  type Source,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { tenantOf } from '../../core/access/tenant.ts';
import { inMebibytes } from '../../core/answers/limits.ts';
import { pathOfLongestText, sizeOf } from '../../core/answers/size.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { complexityLimits } from '../../schema/builder.ts';
import type { Context } from '../../schema/context.ts';
import { schema } from '../../schema/schema.ts';
import { DocumentCache } from './documentCache.ts';
import { fieldsMerge } from './fieldsMerge.ts';
import { checkIntrospection, fewFields } from './introspection.ts';
import { type Presenter, rootOf } from './present.ts';
import type { GraphQLParams } from './requestParser.ts';
import { RestingTurns } from './restingTurns.ts';

/** Most tokens of a document: what people and generators write has a few hundred. */
const mostTokens = 4_000;

/** Errors of variables that are told at a time: each is written with the whole object around it, as long as a body. */
const mostVariableErrors = 3;

/** Errors of a document that are told at a time: each is dear, for it says what may have been meant. */
const mostDocumentErrors = 5;
const rules = [...specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule), fieldsMerge];

/** Parses a document, and no more of it than allowed. @throws GraphQLError */
export const parseDocument = (query: string | Source): DocumentNode => parse(query, { maxTokens: mostTokens });

/** Validates a document. @param more - rules beside this service's own */
export const validateDocument = (document: DocumentNode, more: readonly ValidationRule[] = []) =>
  validate(schema, document, [...rules, ...more], { maxErrors: mostDocumentErrors });

/** Characters of a document that is checked without waiting for a turn: what takes a few milliseconds at most. */
const shortDocument = 2_048;
/** Longest document, in characters, that is remembered: what holds whole payloads as literals never comes again. */
const longestRemembered = 16 * 1024;
/** A refusal is small, however long its document. */
const longestRefused = 256 * 1024;

/** A document that may be run. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly params: GraphQLParams;
  /** Fields of the schema that it asks for. */
  readonly introspected: number;
}

/** A document that is valid. */
interface Passed {
  readonly document: DocumentNode;
  /** Whether it asks for the schema, which is counted anew for each call's variables. */
  readonly introspects: boolean;
}

/** GraphQL without its transports: HTTP and WebSocket run operations through the same one. */
export interface GraphQLEngine {
  /**
   * Parses and validates, or finds it done already; what would be answered of the schema is bounded anew.
   *
   * @param owner - the tenant on whose account the document is remembered
   */
  prepare(params: GraphQLParams, owner?: string): Prepared | { readonly refused: FormattedExecutionResult };
  /** Whether {@link prepare} would take the thread for long: then it is done in turn with others'. */
  isLong(params: GraphQLParams): boolean;
  /** The turns of what takes the thread for long. */
  readonly turns: RestingTurns;
  /**
   * A document that was parsed and validated elsewhere; what would be answered of the schema is bounded here, too.
   *
   * @throws ApiError VALIDATION_FAILED, LIMIT_EXCEEDED
   */
  adopt(document: DocumentNode, params: GraphQLParams): Prepared;
  /** Runs a query or a mutation. One that may read much waits for its turn. @throws ApiError UNAVAILABLE where too many do */
  execute(prepared: Prepared, context: Context): Promise<ExecutionResult>;
  /**
   * Starts a subscription. Every event is answered with a context of its own, so that it is authorized by what holds then,
   * and nothing that was loaded for an earlier one is taken for the present.
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
  // Most calls send one of a few documents. What passed is found by its text alone, and run by GraphQL's own executor:
  // measured with one event a call, Yoga's pipeline around both takes a twentieth of the API's time.
  const passed = new DocumentCache<Passed>(500, longestRemembered);
  const refusals = new DocumentCache<FormattedExecutionResult>(500, longestRefused);
  const turns = new RestingTurns();

  const argsOf = ({ document, params }: Prepared, contextValue: Context): ExecutionArgs => ({
    schema,
    document,
    contextValue,
    variableValues: params.variables ?? null,
    operationName: params.operationName ?? null,
    options: { maxCoercionErrors: mostVariableErrors },
  });

  async function run(args: ExecutionArgs): Promise<ExecutionResult> {
    const { answer } = args.contextValue as Context;
    try {
      return withinBounds((await execute(args)) as ExecutionResult, answer.maxBytes);
    } catch (error) {
      return { errors: [asGraphQLError(error)] };
    } finally {
      answer.end();
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
      const known = passed.get(query);
      if (known) return known.introspects;
      return (query.length > shortDocument || introspection.test(query)) && !refusals.get(query);
    },

    prepare(params, owner = '') {
      const { query } = params;
      const refused = refusals.get(query);
      if (refused) return { refused };
      const known = passed.get(query);
      let document = known?.document;
      try {
        if (!document) {
          document = parseDocument(query);
          const errors = validateDocument(document);
          if (errors.length > 0) throw new AggregateError(errors);
          passed.set(query, { document, introspects: introspection.test(query) }, owner);
        }
      } catch (error) {
        const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
        const refusal = { errors: errors.map((each) => presenter.error(each, document)) };
        refusals.set(query, refusal, owner);
        return { refused: refusal };
      }
      try {
        return prepared(document, params, known === undefined || known.introspects);
      } catch (error) {
        return { refused: { errors: [presenter.error(error, document)] } };
      }
    },

    adopt: (document, params) => prepared(document, params, true),

    async execute(prepared, context) {
      if (prepared.introspected > fewFields) {
        return turns.take(tenantOf(context.principal), () => run(argsOf(prepared, context)));
      }
      const begin = async () => {
        if (isHeavy(prepared)) await context.answer.reserve();
        return run(argsOf(prepared, context));
      };
      // Also where it was checked before: to work out what a long one costs takes milliseconds.
      const isLongQuery = prepared.operation.operation === 'query' && prepared.params.query.length > shortDocument;
      return isLongQuery ? turns.begin(tenantOf(context.principal), begin) : begin();
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
      const end = async () => {
        await events.return?.();
        return { done: true, value: undefined } as const;
      };
      const answers: AsyncIterableIterator<ExecutionResult> = {
        async next() {
          try {
            const event = await events.next();
            // What ended by itself lets go of what it holds, too.
            if (event.done) return await end();
            const value = await run({ ...args, rootValue: event.value, contextValue: await renew() });
            // Who lost the permission is told so once, and not of every event that they may not see.
            if (value.errors?.some((error) => error.path?.length === 1 && isForbidden(error))) {
              await events.return?.();
            }
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

function isForbidden(error: GraphQLError): boolean {
  const cause = rootOf(error);
  return cause instanceof ApiError && cause.code === 'FORBIDDEN';
}

function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

/** What asks for the schema says so. */
const introspection = /__(?:schema|type)\b/;

/** Operations of this complexity read many rows at once: a page of 50 with the data of their events comes to 10,000. */
const heavyComplexity = 5_000;

/** Asked for queries alone: what a mutation does is bounded by what it costs already. */
function isHeavy({ document, operation, params }: Prepared): boolean {
  if (operation.operation !== 'query') return false;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  try {
    const one = { kind: Kind.DOCUMENT as const, definitions: [operation, ...fragments] };
    return complexityFromQuery(one, { schema, variables: { ...params.variables } }).complexity >= heavyComplexity;
  } catch {
    // Its variables do not fit, which the execution says.
    return false;
  }
}

/** Refuses an answer that is too long before it is written down: aliases repeat in it what was read once. */
function withinBounds(result: ExecutionResult, most: number): ExecutionResult {
  const size = sizeOf(result.data);
  if (size <= most) return result;
  const path = pathOfLongestText(result.data);
  const message = `This answer would have ${inMebibytes(size)}; at most ${inMebibytes(most)} are answered at once. Ask for fewer at a time, above all of "${path.join('.')}".`;
  const originalError = new ApiError('LIMIT_EXCEEDED', message);
  return { data: null, errors: [new GraphQLError(message, { path, originalError })] };
}

const unnamed = (operationName: string | undefined) =>
  invalid(
    'operationName',
    operationName === undefined
      ? 'The document has more than one operation, or none: say which by "operationName".'
      : 'The document has no operation of this name.',
  );
