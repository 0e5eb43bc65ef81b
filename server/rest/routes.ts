import type { Services } from '../../schema/services.ts';
import { createWebhookHandlers, type RestHandler } from './webhooks.ts';

/** One path by its pattern, with a handler a method. `:id` stands for one segment. */
export interface Route {
  readonly segments: readonly string[];
  readonly methods: Readonly<Record<string, RestHandler>>;
}

export function createRoutes(services: Services): readonly Route[] {
  const webhooks = createWebhookHandlers(services);
  const route = (path: string, methods: Record<string, RestHandler>): Route => ({ segments: path.split('/'), methods });
  return [
    route('webhooks', { GET: webhooks.list, POST: webhooks.create }),
    route('webhooks/:id', { GET: webhooks.read, PATCH: webhooks.update, DELETE: webhooks.remove }),
    route('webhooks/:id/test', { POST: webhooks.test }),
    route('webhooks/:id/enable', { POST: webhooks.enable }),
    route('webhooks/:id/deliveries', { GET: webhooks.deliveries }),
  ];
}

/** @returns the route of a path below `/v1/` and the id in it; null where nothing is served */
export function findRoute(routes: readonly Route[], path: string): { route: Route; id: string } | null {
  const given = path.split('/');
  for (const route of routes) {
    const { segments } = route;
    if (segments.length !== given.length) continue;
    if (!segments.every((segment, index) => segment === ':id' || segment === given[index])) continue;
    return { route, id: given[segments.indexOf(':id')] ?? '' };
  }
  return null;
}
