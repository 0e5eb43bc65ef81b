import type { AnswerBudgets } from '../../core/answers/budgets.ts';
import type { Entrance } from '../../core/fairness/entrance.ts';
import type { Services } from '../../schema/services.ts';
import type { Bodies } from './body.ts';
import type { ConnectionLimits } from './connectionLimits.ts';
import type { EventTexts } from './eventTexts.ts';
import type { GraphQLEngine } from './graphql.ts';
import type { LongRequests } from './longRequests.ts';
import type { OriginOf } from './origin.ts';
import type { PersistedDocuments } from './persistedDocuments.ts';
import type { Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import type { RecordRequest } from './requestRecord.ts';
import type { RequestTraces } from './requestTraces.ts';
import type { SessionCookies } from './sessionCookie.ts';

/** The parts that GraphQL's transports share. */
export interface GraphQLTransportParts {
  readonly services: Services;
  readonly engine: GraphQLEngine;
  readonly presenter: Presenter;
  readonly limits: RateLimits;
  /** Longest request, in bytes. */
  readonly maxBodyBytes: number;
  readonly originOf: OriginOf;
  readonly cookies: SessionCookies;
  /** Where the pages of this installation are, such as `https://hooks.example.com`; null if it is not set. */
  readonly publicOrigin: string | null;
  readonly budgets: AnswerBudgets;
  readonly bodies: Bodies;
  /** Bounds how many long requests are under way. */
  readonly longRequests: LongRequests;
  /** Gives the turns in which calls start. */
  readonly entrance: Entrance;
  readonly documents: PersistedDocuments;
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean;
  readonly connections: ConnectionLimits;
  /** How often quiet streams and sockets get a sign of life and are checked for their access, in milliseconds. */
  readonly heartbeatMs: number;
  /** Open event streams. */
  readonly streams: Set<EventTexts>;
  /** Counts and logs what has ended. */
  readonly record: RecordRequest;
  /** Null where traces are not recorded. */
  readonly traces: RequestTraces | null;
}
