import type { Found } from '@everhook/sdk';
import { scopePath } from '../shell/scope.tsx';

/** The page of what an id belongs to. Null if there is none. @param here - the organization of the present page */
export function pathOf({ id, kind, name, organizationId, projectId }: Found, here: string | null): string | null {
  const organization = organizationId ?? here;
  if (!organization) return null;
  switch (kind) {
    case 'Organization':
      return scopePath(id, '');
    case 'Project':
      return scopePath(organization, '', id);
    case 'Webhook':
      return scopePath(organization, `webhooks/${id}`, projectId);
    case 'Delivery':
      return scopePath(organization, `deliveries/${id}`, projectId);
    case 'Event':
      return scopePath(organization, `events/${id}`, projectId);
    case 'EventType':
      return scopePath(organization, `catalogue/${encodeURIComponent(name ?? '')}`, projectId);
    case 'Issue':
    case 'InboundWebhook':
    case 'IssueIntegration':
      return projectId ? scopePath(organization, 'inbound', projectId) : null;
    case 'Member':
      return scopePath(organization, 'settings?tab=members');
    case 'ApiKey':
      return scopePath(organization, 'settings?tab=keys');
    case 'PortalLink':
      return scopePath(organization, 'settings?tab=portal');
    default:
      return null;
  }
}
