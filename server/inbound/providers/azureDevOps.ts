import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { eventName, type InboundProvider, issueId, member, requestOf } from './provider.ts';

/** Where each event has the work item's id: the `resource.id` of an update is the update's own number. */
const idOf: Readonly<Record<string, (payload: unknown) => unknown>> = {
  'workitem.created': (payload) => member(payload, 'resource', 'id'),
  'workitem.updated': (payload) => member(payload, 'resource', 'workItemId'),
  'workitem.deleted': (payload) => member(payload, 'resource', 'id'),
  'workitem.restored': (payload) => member(payload, 'resource', 'id'),
};

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Azure DevOps' service hooks of the type Web Hooks, which prove themselves by Basic authentication:
 * learn.microsoft.com/azure/devops/service-hooks. The secret is `<username>:<password>`.
 */
export const azureDevOpsInbound: InboundProvider = {
  name: 'AZURE_DEVOPS',

  verify(secret, request) {
    const encoded = /^Basic +([A-Za-z0-9+/]{1,2048}={0,2}) *$/i.exec(request.header('authorization') ?? '')?.[1];
    // Digests have one length, so that the comparison does not tell the secret's.
    const equal = timingSafeEqual(digest(secret), digest(Buffer.from(encoded ?? '', 'base64').toString('utf8')));
    return equal && encoded !== undefined;
  },

  interpret(_request, payload) {
    const id = member(payload, 'id');
    const identity = typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
    const eventType = eventName(member(payload, 'eventType')) ?? 'unknown';
    const ignored = (reason: string) => ({ identity, eventType, meaning: { kind: 'ignored', reason } as const });
    const find = Object.hasOwn(idOf, eventType) ? idOf[eventType] : undefined;
    if (!find) return ignored('Only events of work items created, updated, deleted or restored are kept here.');
    const externalId = issueId(find(payload));
    if (externalId === null) return ignored('The event names no work item.');
    if (externalId === '0') return { identity, eventType, meaning: { kind: 'test' } };
    return { identity, eventType, meaning: { kind: 'issue', externalId, locator: externalId } };
  },

  testRequest(secret) {
    return requestOf(
      { authorization: `Basic ${Buffer.from(secret, 'utf8').toString('base64')}` },
      {
        id: randomUUID(),
        eventType: 'workitem.updated',
        publisherId: 'tfs',
        resource: { id: 1, workItemId: 0, rev: 1 },
      },
    );
  },
};
