import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { azureDevOpsInbound } from '../../../core/inbound/providers/azureDevOps.ts';
import { gitHubInbound } from '../../../core/inbound/providers/github.ts';
import { jiraInbound } from '../../../core/inbound/providers/jira.ts';
import type { InboundProvider } from '../../../core/inbound/providers/provider.ts';
import { gitHubIssueEvents, payload } from '../../fixtures/inbound/payloads.ts';

const read = (provider: InboundProvider, content: unknown, headers: Record<string, string> = {}) =>
  provider.interpret({ header: (name) => headers[name] ?? null }, content);

const gitHub = (content: unknown, event = 'issues') =>
  read(gitHubInbound, content, {
    'x-github-event': event,
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  });

describe('a request of GitHub', () => {
  it.each(gitHubIssueEvents.map((event) => [event.action, event] as const))(
    'about issues.%s names its issue',
    (action, event) => {
      expect(gitHub(event)).toEqual({
        identity: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
        eventType: `issues.${action}`,
        meaning: {
          kind: 'issue',
          externalId: String(event.issue.id),
          locator: `${event.repository.full_name}#${event.issue.number}`,
        },
      });
    },
  );

  it.each([
    '../../user',
    'a/b/c',
    'a b/c',
    'a',
    '',
    'a/b#1',
    'a/b?x',
    'a/..',
    '../b',
    'a/.',
    './b',
    '..',
    'a%2f..',
    'a/b\u0000',
  ])('whose repository is %j is malformed: the name would change the path', (name) => {
    const content = { action: 'edited', issue: { id: 1, number: 1 }, repository: { full_name: name } };
    expect(gitHub(content).meaning).toEqual({ kind: 'malformed', reason: expect.stringContaining('full_name') });
  });

  it.each(['a/b', 'acme-inc/.github', 'a.b/..c', 'a/...'])('whose repository is %j is well formed', (name) => {
    const content = { action: 'edited', issue: { id: 1, number: 1 }, repository: { full_name: name } };
    expect(gitHub(content).meaning).toEqual({ kind: 'issue', externalId: '1', locator: `${name}#1` });
  });

  it('is tested with the collected examples of fifteen actions', () => {
    expect(new Set(gitHubIssueEvents.map(({ action }) => action)).size).toBe(15);
  });

  it.each(['ping', 'issue_comment', 'pull_request', 'push', 'star'])(
    'about %s is ignored, with the reason',
    (event) => {
      const { eventType, meaning } = gitHub({ ...gitHubIssueEvents[0], action: 'created' }, event);
      expect(eventType).toBe(`${event}.created`);
      expect(meaning).toEqual({ kind: 'ignored', reason: expect.stringMatching(/\.$/) });
    },
  );
});

describe('a request of Jira', () => {
  it.each(['created', 'updated', 'deleted'])('about an issue %s names it by its permanent id', (verb) => {
    expect(read(jiraInbound, payload(`jira-issue-${verb}`), { 'x-atlassian-webhook-identifier': 'w-1' })).toEqual({
      identity: 'w-1',
      eventType: `jira:issue_${verb}`,
      meaning: { kind: 'issue', externalId: '99291', locator: '99291' },
    });
  });

  it('that tells of a comment is ignored', () => {
    expect(read(jiraInbound, payload('jira-comment-created'))).toMatchObject({
      eventType: 'comment_created',
      meaning: { kind: 'ignored' },
    });
  });
});

describe('a request of Azure DevOps', () => {
  it.each(['created', 'updated', 'deleted', 'restored'])('about a work item %s names the work item', (verb) => {
    const content = payload(`azure-workitem-${verb}`);
    expect(read(azureDevOpsInbound, content)).toEqual({
      identity: content.id,
      eventType: `workitem.${verb}`,
      meaning: { kind: 'issue', externalId: '5', locator: '5' },
    });
  });

  it('about an update does not mistake the number of the update for the work item', () => {
    const content = payload('azure-workitem-updated');
    expect(content.resource.id).not.toBe(content.resource.workItemId);
    content.resource.id = 77;
    expect(read(azureDevOpsInbound, content).meaning).toMatchObject({ externalId: '5' });
  });

  const url = 'https://dev.azure.com/fabrikam/_apis/wit/workItems/5';
  it.each([
    // "Resource details to send": Minimal has the resource's id and URL, as `resourceContainers` has for collection and project.
    ['created', { id: 5, url }],
    ['created', { url }],
    ['updated', { id: 2, url: `${url}/updates/2` }],
    ['updated', { id: 2, workItemId: 5 }],
    ['updated', { id: 2, rev: 2, _links: { parent: { href: url } } }],
    ['updated', { id: 2, revision: { id: 5, rev: 2 } }],
    ['updated', { id: 2, revision: { url: `${url}/revisions/2` } }],
    ['deleted', { id: 5, url: 'https://dev.azure.com/fabrikam/_apis/wit/recycleBin/5' }],
    ['deleted', { url: 'https://tfs.example:8080/tfs/Collection/_apis/wit/recyclebin/5' }],
    ['restored', { id: 5, url }],
  ])('whose hook is set to send less of %s names the work item by %j', (verb, resource) => {
    const content = { ...payload(`azure-workitem-${verb}`), resource };
    expect(read(azureDevOpsInbound, content).meaning).toEqual({ kind: 'issue', externalId: '5', locator: '5' });
  });

  it.each([
    null,
    {},
    { id: 2 },
    { id: 2, url: 'https://dev.azure.com/fabrikam/_apis/git/repositories/5' },
    { url: '/5' },
  ])('that names no work item, with the resource %j, says which setting to choose', (resource) => {
    const content = { ...payload('azure-workitem-updated'), resource };
    expect(read(azureDevOpsInbound, content).meaning).toEqual({
      kind: 'ignored',
      reason: expect.stringMatching(/"Resource details to send".* All/),
    });
  });

  it('that tells of a comment is ignored', () => {
    expect(read(azureDevOpsInbound, payload('azure-workitem-commented'))).toMatchObject({
      meaning: { kind: 'ignored' },
    });
  });
});

describe.each([gitHubInbound, jiraInbound, azureDevOpsInbound])('a body of $name', (provider) => {
  it('is at worst ignored, whatever shape it has', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        expect(['ignored', 'malformed', 'test']).toContain(
          read(provider, content, { 'x-github-event': 'issues' }).meaning.kind,
        );
      }),
    );
  });

  it.each([-1, 1.5, '1e3', '0x10', ' 5', '5; drop', 1e30, '12345678901234567890', null, {}, [5]])(
    'names no issue by %j',
    (id) => {
      const contents = [
        { action: 'edited', issue: { id, number: 1 }, repository: { full_name: 'a/b' } },
        { webhookEvent: 'jira:issue_updated', issue: { id } },
        { eventType: 'workitem.updated', resource: { workItemId: id } },
      ];
      for (const content of contents) {
        expect(read(provider, content, { 'x-github-event': 'issues' }).meaning.kind).toBe('ignored');
      }
    },
  );
});
