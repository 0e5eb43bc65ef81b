import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { complexityLimits } from '../../schema/builder.ts';
import type { Context } from '../../schema/context.ts';
import { schema } from '../../schema/schema.ts';
import { invalid } from '../errors.ts';
import { DocumentCache } from './documentCache.ts';
import { checkIntrospection } from './introspection.ts';
import type { Presenter } from './present.ts';
import type { GraphQLParams } from './requestParser.ts';

/** Most tokens of a document: what people and generators write has a few hundred. */
const mostTokens = 4_000;

/** Errors of variables that are told at a time: each is written with the whole object around it, as long as a body. */
const mostVariableErrors = 3;

const engine: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source, options) => parse(source, { ...options, maxTokens: mostTokens }));
  },
};

/** A document that may be run. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly params: GraphQLParams;
}

/** GraphQL without its transports: HTTP and WebSocket run operations through the same one. */
export interface GraphQLEngine {
  /** Parses and validates, or finds it done already; what would be answered of the schema is bounded anew. */
  prepare(params: GraphQLParams): Prepared | { readonly refused: FormattedExecutionResult };
  execute(prepared: Prepared, context: Context): Promise<FormattedExecutionResult>;
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
  ): Promise<AsyncIterableIterator<FormattedExecutionResult> | { readonly refused: FormattedExecutionResult }>;
}

export function createGraphQLEngine(presenter: Presenter): GraphQLEngine {
  const yoga = createYoga({
    schema,
    // Errors are presented by this service's own rules, over either transport.
    maskedErrors: false,
    logging: false,
    graphiql: false,
    landingPage: false,
    parserAndValidationCache: { documentCache: new DocumentCache(50), errorCache: new DocumentCache(100) },
    plugins: [engine],
  });

  // Most calls send one of a few documents. What passed is found by its text alone, and run by GraphQL's own executor:
  // measured with one event a call, Yoga's pipeline around both takes a twentieth of the API's time.
  const passed = new DocumentCache<DocumentNode>(500);

  const argsOf = ({ document, params }: Prepared, contextValue: Context): ExecutionArgs => ({
    schema,
    document,
    contextValue,
    variableValues: params.variables ?? null,
    operationName: params.operationName ?? null,
    options: { maxCoercionErrors: mostVariableErrors },
  });

  async function run(args: ExecutionArgs): Promise<FormattedExecutionResult> {
    try {
      return presenter.result((await execute(args)) as ExecutionResult, args.document);
    } catch (error) {
      return { errors: [presenter.error(error, args.document)] };
    }
  }

  return {
    prepare(params) {
      let document = passed.get(params.query);
      try {
        if (!document) {
          const enveloped = yoga.getEnveloped({});
          const parsed = enveloped.parse(params.query) as DocumentNode;
          document = parsed;
          const errors = enveloped.validate(schema, parsed) as readonly GraphQLError[];
          if (errors.length > 0) return { refused: { errors: errors.map((each) => presenter.error(each, parsed)) } };
          passed.set(params.query, parsed);
        }
        const operation = getOperationAST(document, params.operationName);
        if (!operation) throw unnamed(params.operationName);
        checkIntrospection({ schema, document, operation, ...params }, complexityLimits.complexity);
        return { document, operation, params };
      } catch (error) {
        return { refused: { errors: [presenter.error(error, document)] } };
      }
    },

    execute: (prepared, context) => run(argsOf(prepared, context)),

    async subscribe(prepared, context, renew) {
      const args = argsOf(prepared, context);
      let source: AsyncIterable<unknown> | ExecutionResult;
      try {
        source = await createSourceEventStream(args);
      } catch (error) {
        return { refused: { errors: [presenter.error(error, prepared.document)] } };
      }
      if (!(Symbol.asyncIterator in source)) return { refused: presenter.result(source, prepared.document) };
      const events = source[Symbol.asyncIterator]();
      const end = async () => {
        await events.return?.();
        return { done: true, value: undefined } as const;
      };
      const answers: AsyncIterableIterator<FormattedExecutionResult> = {
        async next() {
          try {
            const event = await events.next();
            // What ended by itself lets go of what it holds, too.
            if (event.done) return await end();
            const value = await run({ ...args, rootValue: event.value, contextValue: await renew() });
            // Who lost the permission is told so once, and not of every event that they may not see.
            if (value.errors?.some(({ path, extensions }) => path?.length === 1 && extensions?.code === 'FORBIDDEN')) {
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

const unnamed = (operationName: string | undefined) =>
  invalid(
    'operationName',
    operationName === undefined
      ? 'The document has more than one operation, or none: say which by "operationName".'
      : 'The document has no operation of this name.',
  );
