import { describe, expect, it } from 'vitest';
import { trackerOf } from '../../../core/issues/trackers/registry.ts';
import { connections, trackerCases } from '../../trackers/cases.ts';

/** As all three write them. */
const times = /"\d{4}-\d\d-\d\dT[^"]*"/g;

for (const { name, externalId, locator, missing, shown, start } of trackerCases) {
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

    it.each<[what: string, message: string, edit: (text: string) => string]>([
      ['no title', 'a title', (text) => text.replace('"Berth 4"', 'null')],
      ['a title that is no text', 'a title', (text) => text.replace('"Berth 4"', '{"a":1}')],
      ['a title that no database keeps', 'a title', (text) => text.replace('"Berth 4"', '"Berth\\u00004"')],
      ['no time of change', 'a time of change', (text) => text.replace(times, 'null')],
      ['a time of change that is none', 'a time of change', (text) => text.replace(times, '"yesterday"')],
    ])('fails, and says why, where the issue has %s', async (_what, message, edit) => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      const client = await tracker();
      await client.fetch(locator, externalId);
      fake.edited = edit;
      await expect(client.fetch(locator, externalId)).rejects.toMatchObject({
        name: 'TrackerFailure',
        message: `The tracker shows the issue without ${message} that can be stored.`,
      });
    });

    it('shows no more of an issue than is stored, whatever the answer has, and no half of a character', async () => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      const long = `${'x'.repeat(999)}\u{1f6a2}${'y'.repeat(1_000_000)}`;
      // Its title and its state.
      fake.edited = (text) => text.replace(/"(Berth 4|open|To Do|New)"/g, JSON.stringify(long));
      expect(await (await tracker()).fetch(locator, externalId)).toMatchObject({
        title: 'x'.repeat(999),
        state: 'x'.repeat(999),
      });
    });

    it('fails, and says why, where what names the issue is too long', async () => {
      const { fake, tracker, put } = await start();
      put('Berth 4');
      fake.edited = (text) =>
        text.replace(/"SHOP-2231"|(?<="System.TeamProject":)"\w+"|(?<="html_url":"[^"]*)\/issues\/1"/g, (found) =>
          found.replace(/"$/, `${'9'.repeat(3_000)}"`),
        );
      await expect((await tracker()).fetch(locator, externalId)).rejects.toThrow(
        /^The tracker shows the issue with a (key|page) of more than (255|2048) characters\.$/,
      );
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
