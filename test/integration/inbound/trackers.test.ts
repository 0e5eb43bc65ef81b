import { afterEach, describe, expect, it } from 'vitest';
import { createTrackerConnections, type TrackerConnections } from '../../../server/issues/trackers/connections.ts';
import { trackerOf } from '../../../server/issues/trackers/registry.ts';
import type { Tracker } from '../../../server/issues/trackers/tracker.ts';
import { FakeAzureDevOps } from '../../trackers/azureDevOps.ts';
import { FakeGitHub } from '../../trackers/github.ts';
import { FakeJira } from '../../trackers/jira.ts';
import type { FakeTracker } from '../../trackers/tracker.ts';

const lifts = { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] };
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function connections(options: Partial<Parameters<typeof createTrackerConnections>[0]> = {}): TrackerConnections {
  const made = createTrackerConnections({ ...lifts, ...options });
  open.push(made);
  return made;
}

async function listening<T extends FakeTracker>(fake: T): Promise<T> {
  open.push(fake);
  return fake.listen();
}

interface Case {
  readonly name: string;
  readonly externalId: string;
  readonly locator: string;
  readonly missing: string;
  start(): Promise<{ fake: FakeTracker; tracker(token?: string): Promise<Tracker>; put(title: string): void }>;
  readonly shown: object;
}

const cases: Case[] = [
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
    async start() {
      const fake = await listening(new FakeGitHub());
      const through = connections();
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
    async start() {
      const fake = await listening(new FakeJira());
      const through = connections();
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
    async start() {
      const fake = await listening(new FakeAzureDevOps());
      const through = connections();
      return {
        fake,
        put: (title) => void fake.put('5', { title }),
        tracker: (token = fake.token) =>
          trackerOf({ provider: 'AZURE_DEVOPS', baseUrl: fake.baseUrl, credentials: { token } }, through),
      };
    },
  },
];

for (const { name, externalId, locator, missing, shown, start } of cases) {
  describe(`${name}, through its client library`, () => {
    it('shows an issue as it is', async () => {
      const { put, tracker, fake } = await start();
      put('Berth 4 is double-booked');
      const issue = await (await tracker()).fetch(locator, externalId);
      expect(issue).toMatchObject({ title: 'Berth 4 is double-booked', ...shown });
      expect(issue?.changedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
      expect(fake.fetches).toBe(1);
      expect(fake.asked.every(({ userAgent }) => userAgent?.includes('Everhook/'))).toBe(true);
    });

    it('has no issue where the API answers 404, or where another issue is found there', async () => {
      const { put, tracker } = await start();
      put('Berth 4');
      expect(await (await tracker()).fetch(missing, externalId)).toBeNull();
      expect(await (await tracker()).fetch(locator, '999')).toBeNull();
    });

    it('is checked with the credentials it was given, and refused with others', async () => {
      const { tracker } = await start();
      await (await tracker()).check();
      const wrong = await tracker('wrong-credentials-0123456789');
      await expect(wrong.check()).rejects.toThrow(/does not accept the credentials/);
      await expect(wrong.fetch(locator, externalId)).rejects.toMatchObject({ name: 'TrackerFailure', kind: 'failed' });
    });

    it('asks to be left alone as long as Retry-After says', async () => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      fake.next.push({ code: 429, headers: { 'retry-after': '90' } });
      const limited = (await tracker()).fetch(locator, externalId);
      await expect(limited).rejects.toMatchObject({ kind: 'limited', retryAfterMs: 90_000 });
    });

    it('fails, without a word of the answer, where the API answers 500 or no JSON', async () => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      fake.next.push({ code: 500, body: { message: 'secret-of-the-tracker' } });
      await expect((await tracker()).fetch(locator, externalId)).rejects.toThrow("The tracker's API answered 500.");
      fake.next.push({ code: 200, headers: { 'content-type': 'text/html' }, body: '<html>' });
      await expect((await tracker()).fetch(locator, externalId)).rejects.toMatchObject({ name: 'TrackerFailure' });
    });

    it('does not follow a redirect with its credentials', async () => {
      const { fake, tracker, put } = await start();
      const other = await start();
      put('Berth 4');
      other.put('Elsewhere');
      fake.next.push({ code: 302, headers: { location: `${other.fake.origin}${fake.asked[0]?.path ?? '/'}` } });
      const outcome = await (await tracker()).fetch(locator, externalId).catch((error: Error) => error.name);
      expect(outcome).toBe('TrackerFailure');
      expect(other.fake.asked).toEqual([]);
    });

    it('is not called at an address that is not public', async () => {
      const fake = await (await start()).fake;
      const closed = connections({ allowedPrivateRanges: [] });
      const provider = { GitHub: 'GITHUB', Jira: 'JIRA', 'Azure DevOps': 'AZURE_DEVOPS' }[name] as 'GITHUB';
      const tracker = await trackerOf(
        { provider, baseUrl: fake.origin, credentials: { token: 'x', email: 'a@b' } as never },
        closed,
      );
      await expect(tracker.check()).rejects.toThrow('127.0.0.1 is an address that is not on the public internet.');
      // A name that is public when the integration is set may lead here by the time it is called.
      const rebound = connections({
        allowedPrivateRanges: [],
        lookup: async () => [{ address: '169.254.169.254', family: 4 }],
      });
      const named = await trackerOf(
        { provider, baseUrl: 'http://tracker.example', credentials: { token: 'x', email: 'a@b' } as never },
        rebound,
      );
      await expect(named.check()).rejects.toThrow(
        'tracker.example resolves to an address that is not on the public internet.',
      );
      expect(fake.asked).toEqual([]);
    });

    it('is not read without bound', async () => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      fake.next.push({ code: 200, body: { id: 1, title: 'x'.repeat(24 * 1024 * 1024) } });
      await expect((await tracker()).fetch(locator, externalId)).rejects.toMatchObject({ name: 'TrackerFailure' });
    });
  });
}
