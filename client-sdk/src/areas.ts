import type { ApiKeys } from './apiKeys.ts';
import type { Audit } from './audit.ts';
import type { Deletions } from './deletions.ts';
import type { Deliveries } from './deliveries.ts';
import type { Erasures } from './erasures.ts';
import type { EventTypes } from './eventTypes.ts';
import type { Inbound } from './inbound.ts';
import type { Issues } from './issues.ts';
import type { Listeners } from './listeners.ts';
import type { Members } from './members.ts';
import type { Organizations } from './organizations.ts';
import type { Permissions } from './permissions.ts';
import type { PortalLinks } from './portalLinks.ts';
import type { Projects } from './projects.ts';
import type { Events } from './publishing/events.ts';
import type { AnyEvents } from './publishing/eventText.ts';
import type { Recoveries } from './recoveries.ts';
import type { Sessions } from './sessions.ts';
import type { Webhooks } from './webhooks.ts';

/**
 * What a client can do, by subject.
 *
 * @typeParam Catalogue - the interface of the event types
 */
export interface Areas<Catalogue extends object = AnyEvents> {
  readonly organizations: Organizations;
  readonly projects: Projects;
  readonly apiKeys: ApiKeys;
  readonly portalLinks: PortalLinks;
  readonly members: Members;
  readonly sessions: Sessions;
  readonly permissions: Permissions;
  readonly audit: Audit;
  readonly eventTypes: EventTypes;
  readonly webhooks: Webhooks;
  readonly events: Events<Catalogue>;
  readonly deliveries: Deliveries;
  readonly listeners: Listeners;
  readonly recoveries: Recoveries;
  readonly deletions: Deletions;
  readonly erasures: Erasures;
  readonly inbound: Inbound;
  readonly issues: Issues;
}
