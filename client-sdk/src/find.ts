import { FindDocument, type FindQuery } from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';

type Node = NonNullable<FindQuery['node']>;

/** What an id belongs to. */
export interface Found {
  readonly id: string;
  /** Such as `Webhook`, `Delivery`, `Event`. */
  readonly kind: Node['__typename'];
  /** What people call it: its name, its title, or the type of its event. Null for a kind that has none. */
  readonly name: string | null;
  /** Null where it belongs to none, or where that cannot be told from it. */
  readonly organizationId: string | null;
  /** Null for what belongs to the whole organization. */
  readonly projectId: string | null;
}

/** Finds out what an id belongs to. @returns null where there is none, or none that the key may see */
export async function find(transport: Transport, id: string, options?: CallOptions): Promise<Found | null> {
  const { node } = await transport.query(FindDocument, { id }, options);
  return node ? { id: node.id, kind: node.__typename, ...placeOf(node) } : null;
}

function placeOf(node: Node): Pick<Found, 'name' | 'organizationId' | 'projectId'> {
  switch (node.__typename) {
    case 'Organization':
      return { name: node.name, organizationId: node.id, projectId: null };
    case 'Project':
      return { name: node.name, organizationId: node.organization.id, projectId: node.id };
    case 'Webhook':
      return { name: node.name, organizationId: node.organization.id, projectId: node.project?.id ?? null };
    case 'EventType':
      return { name: node.name, organizationId: node.tenant?.id ?? null, projectId: node.project?.id ?? null };
    case 'Delivery':
      return {
        name: node.eventType,
        organizationId: node.webhook?.organization.id ?? null,
        projectId: node.webhook?.project?.id ?? null,
      };
    case 'Event':
      return {
        name: node.type,
        organizationId:
          node.project?.organization.id ?? node.deliveries.edges[0]?.node.webhook?.organization.id ?? null,
        projectId: node.project?.id ?? null,
      };
    case 'Issue':
      return { name: node.title, organizationId: node.within.organization.id, projectId: node.within.id };
    default:
      return { name: null, organizationId: null, projectId: null };
  }
}
