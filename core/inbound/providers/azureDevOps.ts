import { createHmac } from 'node:crypto';
import { maxBasicBytes } from '../../issues/credentials.ts';
import { sameSecret } from '../../secrets/sameSecret.ts';
import { eventName, type InboundProvider, issueId, member, requestOf, testIdentity } from './provider.ts';

/** The accepted events of work items, and whether `resource.id` is the work item's: for an update it is the update's. */
const events: Readonly<Record<string, { readonly ownId: boolean }>> = {
  'workitem.created': { ownId: true },
  'workitem.updated': { ownId: false },
  'workitem.deleted': { ownId: true },
  'workitem.restored': { ownId: true },
};

/** The work item's id, from any of several fields: a hook may be set to send only some details. Null where none has it. */
function workItemOf(payload: unknown, ownId: boolean): string | null {
  const resource = (...path: string[]) => member(payload, 'resource', ...path);
  return (
    issueId(resource('workItemId')) ??
    (ownId ? issueId(resource('id')) : null) ??
    inUrl(resource('url')) ??
    issueId(resource('revision', 'id')) ??
    inUrl(resource('revision', 'url')) ??
    inUrl(resource('_links', 'parent', 'href'))
  );
}

/** `…/_apis/wit/workItems/5`, `…/workItems/5/updates/2`, `…/recycleBin/5`. */
function inUrl(value: unknown): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const { pathname } = new URL(value);
  return issueId(/\/_apis\/wit\/(?:workItems|recycleBin)\/(\d+)(?:\/|$)/i.exec(pathname)?.[1]);
}

/** Base64 of the longest credentials. */
const basic = new RegExp(`^Basic +([A-Za-z0-9+/]{1,${Math.ceil(maxBasicBytes / 3) * 4}}={0,2}) *$`, 'i');

/**
 * Azure DevOps' service hooks of the type Web Hooks, which authenticate by Basic authentication:
 * learn.microsoft.com/azure/devops/service-hooks. The secret is `<username>:<password>`.
 */
export const azureDevOpsInbound: InboundProvider = {
  name: 'AZURE_DEVOPS',

  reads: [
    ['id'],
    ['eventType'],
    ['resource', 'id'],
    ['resource', 'workItemId'],
    ['resource', 'url'],
    ['resource', 'revision', 'id'],
    ['resource', 'revision', 'url'],
    ['resource', '_links', 'parent', 'href'],
  ],

  prove(secret, header) {
    const encoded = basic.exec(header('authorization') ?? '')?.[1];
    const equal = sameSecret(secret, Buffer.from(encoded ?? '', 'base64').toString('utf8'));
    // The body proves nothing here. It is digested all the same, so that the time of a refusal does not reveal the provider.
    const idle = createHmac('sha256', secret);
    return { update: (piece) => void idle.update(piece), isGiven: () => equal && encoded !== undefined };
  },

  interpret(_request, payload) {
    const id = member(payload, 'id');
    const identity = typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
    const eventType = eventName(member(payload, 'eventType')) ?? 'unknown';
    const ignored = (reason: string) => ({ identity, eventType, meaning: { kind: 'ignored', reason } as const });
    const event = Object.hasOwn(events, eventType) ? events[eventType] : undefined;
    if (!event) return ignored('Only events of work items created, updated, deleted or restored are used.');
    const externalId = workItemOf(payload, event.ownId);
    if (externalId === null) {
      return ignored('The event names no work item: set "Resource details to send" of the service hook to All.');
    }
    if (externalId === '0') return { identity, eventType, meaning: { kind: 'test' } };
    return { identity, eventType, meaning: { kind: 'issue', externalId, locator: externalId } };
  },

  testRequest(secret) {
    return requestOf(
      { authorization: `Basic ${Buffer.from(secret, 'utf8').toString('base64')}` },
      {
        id: testIdentity,
        eventType: 'workitem.updated',
        publisherId: 'tfs',
        resource: { id: 1, workItemId: 0, rev: 1 },
      },
    );
  },
};
