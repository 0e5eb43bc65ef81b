import type { AuditEvent } from '@everhook/sdk';
import { scopePath } from '../shell/scopePath.ts';

type Row = Pick<
  AuditEvent,
  'action' | 'targetType' | 'targetId' | 'targetName' | 'targetIsGone' | 'projectId' | 'after'
>;

/** What an entry of the audit log is about. */
export interface AuditTarget {
  /** Its present name, or its last one; its id where it has none. */
  readonly name: string;
  readonly isGone: boolean;
  /** Where it, or what is left of it, can be seen. */
  readonly path: string | null;
}

/** The target of an entry, for every action and every kind of target. */
export function auditTarget(event: Row, organizationId: string): AuditTarget {
  const { targetName, targetId, targetIsGone } = event;
  const page = pageOf(event);
  return {
    name: targetName ?? targetId,
    isGone: targetIsGone,
    path: page && (page.startsWith('/') ? page : scopePath(organizationId, page, projectOf(event))),
  };
}

const projectOf = ({ targetType, targetId, targetIsGone, projectId }: Row): string | null =>
  targetType === 'PROJECT' ? (targetIsGone ? null : targetId) : projectId;

function pageOf(event: Row): string | null {
  const { targetType, targetId, targetName, targetIsGone: isGone } = event;
  switch (targetType) {
    case 'WEBHOOK':
      // The log of a deleted webhook stays.
      return isGone ? `deliveries?webhook=${targetId}` : `webhooks/${targetId}`;
    case 'DELIVERY':
      return isGone ? null : `deliveries/${targetId}`;
    case 'RECOVERY':
      return isGone ? null : `deliveries?recovery=${targetId}`;
    case 'EVENT_TYPE':
      return isGone || targetName === null ? null : `catalogue/${encodeURIComponent(targetName)}`;
    case 'PROJECT':
      return isGone ? deletionPage(event, 'settings?tab=projects&deletion=') : 'overview';
    case 'ORGANIZATION':
      return isGone ? deletionPage(event, '/deletions/') : 'settings?tab=organization';
    case 'MEMBER':
      return isGone ? null : 'settings?tab=members';
    case 'SESSION':
      return 'settings?tab=members';
    // Revoked ones are listed with the others.
    case 'API_KEY':
      return 'settings?tab=keys';
    case 'PORTAL_LINK':
      return 'settings?tab=portal';
    case 'PORTAL_THEME':
      return isGone ? null : 'settings?tab=portal';
    case 'ROLE':
      return 'settings?tab=permissions';
    case 'ERASURE':
      return `settings?tab=erasures&erasure=${targetId}`;
    case 'INBOUND_WEBHOOK':
    case 'ISSUE_INTEGRATION':
      return isGone ? null : 'inbound';
    default:
      // What a newer server knows.
      return null;
  }
}

/** The entry of a deletion names it: its progress, and then its receipt. */
function deletionPage({ after }: Row, page: string): string | null {
  const id = deletionIdOf(after);
  return id === null ? null : `${page}${id}`;
}

export function deletionIdOf(after: unknown): string | null {
  if (typeof after !== 'object' || after === null || !('deletionId' in after)) return null;
  return typeof after.deletionId === 'string' ? after.deletionId : null;
}
