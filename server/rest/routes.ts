import type { Principal } from '../../core/access/principal.ts';
import type { AnswerBudget } from '../../core/answers/budgets.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';
import type { Services } from '../../schema/services.ts';
import { createEventHandlers } from './events.ts';
import type { RestAnswer } from './handlers.ts';
import { parametersOf, read } from './input.ts';
import { type Operation, operations } from './operations.ts';
import { createWebhookHandlers } from './webhooks.ts';

/** A request for one resource, by an authenticated principal. */
export interface RestRequest {
  readonly principal: Principal;
  /** The id in the path, as the store writes it; empty if the path has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The header `Idempotency-Key` of a POST; null if there is none. */
  readonly idempotencyKey: string | null;
  /** Where the request stands in a trace. */
  readonly trace: CallTrace;
  /** The parsed body; undefined if there was none. */
  readonly body: unknown;
  /** What the answer may take: whoever may answer much calls `read` before. */
  readonly answer: AnswerBudget;
}

/** An answer. Without a body: no content. */
export interface RoutedAnswer extends Partial<RestAnswer> {
  readonly status: number;
}

export type RestHandler = (request: RestRequest) => Promise<RoutedAnswer>;

/** One path by its pattern, with a handler for each method. `:id` stands for one segment, which is not empty. */
export interface Route {
  readonly segments: readonly string[];
  readonly methods: Readonly<Record<string, RestHandler>>;
}

/** @param base - the path below which the installation is reached; empty for none */
export function createRoutes(services: Services, base: string): readonly Route[] {
  const handlers = { ...createEventHandlers(services), ...createWebhookHandlers(services, base) };
  const paths = new Map<string, Record<string, RestHandler>>();
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const handle = handlers[name as keyof typeof operations] as (input: object) => Promise<RestAnswer>;
    const methods = paths.get(operation.path) ?? {};
    methods[operation.method] = async ({ query, body, ...request }) => {
      const input = { query: read(operation.query, parametersOf(query)), body: read(operation.body, body) };
      return { status: operation.answer.status, ...(await handle({ ...request, ...input })) };
    };
    paths.set(operation.path, methods);
  }
  return [...paths].map(([path, methods]) => ({ segments: path.split('/'), methods }));
}

/** @returns the route of a path below `/v1/` and the id in it; null if nothing is served there */
export function findRoute(routes: readonly Route[], path: string): { route: Route; id: string } | null {
  const given = path.split('/');
  for (const route of routes) {
    const { segments } = route;
    if (segments.length !== given.length) continue;
    if (!segments.every((segment, index) => (segment === ':id' ? given[index] !== '' : segment === given[index])))
      continue;
    return { route, id: given[segments.indexOf(':id')] ?? '' };
  }
  return null;
}
