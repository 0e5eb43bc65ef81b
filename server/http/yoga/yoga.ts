import { createYoga } from 'graphql-yoga';
import { schema } from '../../../schema/schema.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { useAccess } from './access.ts';
import { useAnswers } from './answers.ts';
import type { Call, CallPlugin } from './call.ts';
import { useEventStreams } from './eventStreams.ts';
import { useGraphiQL } from './graphiql.ts';
import { useLimits } from './limits.ts';
import { useOwnEngine } from './ownEngine.ts';
import { usePresentation } from './presentation.ts';
import { useRawJson } from './rawJson.ts';
import { useTrustedDocuments } from './trustedDocuments.ts';

/** Plugins beside this service's own: any of Yoga's or Envelop's. Add one line each; docs/graphql.md gives their cost. */
const plugins: readonly CallPlugin[] = [];

/** Hooks of Envelop's pipeline. If a plugin has one, Yoga's own parse, validate, execute and subscribe run. */
const pipelineHooks = [
  'onContextBuilding',
  'onEnveloped',
  'onExecute',
  'onParse',
  'onSchemaChange',
  'onSubscribe',
  'onValidate',
  'instrumentation',
] as const;
/** Hooks that need a Fetch request. If a plugin has one, every request is turned into Fetch's. */
const requestHooks = ['onRequest', 'onRequestParse', 'onResultProcess', 'onResponse', 'instrumentation'] as const;

/** @param more - further plugins, which run after those of this service */
export function createYogaServer(parts: GraphQLTransportParts, more: readonly CallPlugin[] = plugins) {
  let all: readonly CallPlugin[] = [];
  // What the further plugins add themselves also runs between these two.
  const first: CallPlugin = {
    onYogaInit: ({ yoga: server }) => {
      all = server.getEnveloped._plugins as unknown as readonly CallPlugin[];
    },
  };
  const last: CallPlugin = {};

  const yoga = createYoga<Call>({
    schema,
    graphqlEndpoint: '/graphql',
    plugins: [
      ...(parts.graphiql ? [useGraphiQL()] : []),
      useAccess(parts),
      useRawJson(parts),
      useTrustedDocuments(parts),
      useOwnEngine(parts, () => !uses.pipeline),
      useAnswers(parts),
      useEventStreams(parts),
      useLimits(parts),
      usePresentation(parts),
      first,
      ...more,
      last,
    ],
    // The plugins above do this by this service's own rules.
    maskedErrors: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    logging: false,
    // Features that are not served.
    batching: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    // Probes have their own paths; no URL ends like this.
    healthCheckEndpoint: ' ',
  });

  const others = all.slice(all.indexOf(first) + 1, all.indexOf(last));
  const hasAny = (hooks: readonly (keyof CallPlugin)[]) =>
    others.some((plugin) => hooks.some((hook) => plugin[hook] !== undefined));
  const uses = { any: others.length > 0, pipeline: hasAny(pipelineHooks), requests: hasAny(requestHooks) };
  return { yoga, uses };
}

export type YogaServer = ReturnType<typeof createYogaServer>;
