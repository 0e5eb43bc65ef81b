import { afterEach, expect } from 'vitest';
import { createTrackerConnections, type TrackerConnections } from '../../core/issues/trackers/connections.ts';
import { trackerOf } from '../../core/issues/trackers/registry.ts';
import type { Tracker } from '../../core/issues/trackers/tracker.ts';
import { FakeAzureDevOps } from './azureDevOps.ts';
import { FakeGitHub } from './github.ts';
import { FakeJira } from './jira.ts';
import type { FakeTracker } from './tracker.ts';

const urlExemptions = { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] };
/** What the running test has opened. */
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

export function connections(options: Partial<Parameters<typeof createTrackerConnections>[0]> = {}): TrackerConnections {
  const made = createTrackerConnections({ ...urlExemptions, ...options });
  open.push(made);
  return made;
}

async function listening<T extends FakeTracker>(fake: T): Promise<T> {
  open.push(fake);
  return fake.listen();
}

/** One of the trackers, as the tests of its client library see it. */
export interface TrackerCase {
  readonly name: string;
  readonly externalId: string;
  readonly locator: string;
  readonly missing: string;
  start(options?: Partial<Parameters<typeof createTrackerConnections>[0]>): Promise<{
    fake: FakeTracker & { readonly baseUrl: string };
    tracker(token?: string): Promise<Tracker>;
    put(title: string): void;
  }>;
  readonly shown: object;
}

export const trackerCases: TrackerCase[] = [
  {
    name: 'GitHub',
    externalId: '444500041',
    locator: 'Codertocat/Hello-World#1',
    missing: 'Codertocat/Hello-World#2',
    shown: {
      key: 'Codertocat/Hello-World#1',
      state: 'open',
      priority: null,
      assignee: null,
      url: 'https://github.com/Codertocat/Hello-World/issues/1',
    },
    async start(options = {}) {
      const fake = await listening(new FakeGitHub());
      const through = connections(options);
      return {
        fake,
        put: (title) => void fake.put('Codertocat/Hello-World#1', { title }),
        tracker: (token = fake.token) =>
          trackerOf({ provider: 'GITHUB', baseUrl: fake.baseUrl, credentials: { token } }, through),
      };
    },
  },
  {
    name: 'Jira',
    externalId: '10002',
    locator: '10002',
    missing: '10003',
    shown: {
      key: 'SHOP-2231',
      state: 'To Do',
      priority: 'High',
      assignee: null,
      url: expect.stringMatching(/\/browse\/SHOP-2231$/),
    },
    async start(options = {}) {
      const fake = await listening(new FakeJira());
      const through = connections(options);
      return {
        fake,
        put: (title) => void fake.put('10002', { title }),
        tracker: (token = fake.token) =>
          trackerOf({ provider: 'JIRA', baseUrl: fake.baseUrl, credentials: { email: fake.email, token } }, through),
      };
    },
  },
  {
    name: 'Azure DevOps',
    externalId: '5',
    locator: '5',
    missing: '6',
    shown: {
      key: '5',
      state: 'New',
      priority: '2',
      assignee: null,
      url: expect.stringMatching(/\/fabrikam-fiber\/Fabrikam\/_workitems\/edit\/5$/),
    },
    async start(options = {}) {
      const fake = await listening(new FakeAzureDevOps());
      const through = connections(options);
      return {
        fake,
        put: (title) => void fake.put('5', { title }),
        tracker: (token = fake.token) =>
          trackerOf({ provider: 'AZURE_DEVOPS', baseUrl: fake.baseUrl, credentials: { token } }, through),
      };
    },
  },
];
