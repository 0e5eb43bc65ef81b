import { isRepository } from '../../issues/trackers/repositoryName.ts';
import { signature, signatureProof } from './hmac.ts';
import { eventName, type InboundProvider, issueId, member, requestOf, testIdentity } from './provider.ts';

/** GitHub's webhooks: docs.github.com/webhooks, "Validating webhook deliveries" and "Webhook events and payloads". */
export const gitHubInbound: InboundProvider = {
  name: 'GITHUB',

  reads: [['action'], ['issue', 'id'], ['issue', 'number'], ['repository', 'full_name']],

  prove: (secret, header) => signatureProof(header('x-hub-signature-256'), secret),

  interpret(request, payload) {
    const identity = request.header('x-github-delivery');
    const event = eventName(request.header('x-github-event')) ?? 'unknown';
    const action = eventName(member(payload, 'action'));
    const eventType = action === null ? event : `${event}.${action}`;
    const ignored = (reason: string) => ({ identity, eventType, meaning: { kind: 'ignored', reason } as const });
    if (event === 'ping') return ignored('GitHub only checks that the webhook answers.');
    if (event !== 'issues') return ignored('Only "issues" events are used.');
    const externalId = issueId(member(payload, 'issue', 'id'));
    const number = issueId(member(payload, 'issue', 'number'));
    const repository = member(payload, 'repository', 'full_name');
    if (externalId === null || number === null || typeof repository !== 'string') {
      return ignored('The event names no issue.');
    }
    if (!isRepository(repository)) {
      const reason = '"repository.full_name" is not the name of a repository.';
      return { identity, eventType, meaning: { kind: 'malformed', reason } };
    }
    if (externalId === '0' || number === '0') return { identity, eventType, meaning: { kind: 'test' } };
    return { identity, eventType, meaning: { kind: 'issue', externalId, locator: `${repository}#${number}` } };
  },

  testRequest(secret) {
    const request = requestOf(
      { 'x-github-event': 'issues', 'x-github-delivery': testIdentity },
      {
        action: 'edited',
        issue: { id: 0, number: 0, title: 'Everhook test event' },
        repository: { full_name: 'everhook/test' },
      },
    );
    const proof = signature(secret, request.body);
    return { ...request, header: (name) => (name === 'x-hub-signature-256' ? proof : request.header(name)) };
  },
};
