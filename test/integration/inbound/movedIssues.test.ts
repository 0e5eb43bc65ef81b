import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitHub } from '../../../core/issues/trackers/github.ts';
import type { Tracker } from '../../../core/issues/trackers/tracker.ts';
import { connections } from '../../trackers/cases.ts';
import { FakeGitHub } from '../../trackers/github.ts';

/** GitHub answers 301 for a repository that has another name now, and for an issue that was moved to another one. */
describe('an issue of GitHub whose place has changed', () => {
  let fake: FakeGitHub;
  let tracker: Tracker;
  const fetched = () => tracker.fetch('acme/shop#1', '444500041');
  const redirect = (location: string) => fake.next.push({ code: 301, headers: { location }, body: {} });

  beforeEach(async () => {
    fake = await new FakeGitHub().listen();
    tracker = gitHub(fake.baseUrl, { token: fake.token }, connections());
  });
  afterEach(() => fake.close());

  it('is the same issue where its repository was renamed, and has its new key', async () => {
    fake.renamed.set('acme/shop', 'acme/store');
    fake.put('acme/store#1', { title: 'Berth 4' });
    expect(await fetched()).toMatchObject({ key: 'acme/store#1', title: 'Berth 4' });
    expect(fake.asked.map(({ authorization }) => authorization)).toEqual([fake.authorization, fake.authorization]);
  });

  it('is none any more where it was moved to another repository, in which it is another issue', async () => {
    fake.renamed.set('acme/shop', 'acme/store');
    fake.put('acme/store#1', { id: 555 });
    expect(await fetched()).toBeNull();
    fake.issues.clear();
    expect(await fetched()).toBeNull();
  });

  it.each([
    ['to another origin', () => 'http://127.0.0.2:1/repos/acme/store/issues/1'],
    ['to another origin without a scheme', () => '//tracker.example/repos/acme/store/issues/1'],
    ['to no address', () => 'http://['],
  ])('fails, is not asked for, and is not taken for removed, where it leads %s', async (_where, location) => {
    redirect(location());
    await expect(fetched()).rejects.toMatchObject({
      name: 'TrackerFailure',
      message: "The tracker's API redirects elsewhere (301): check the base URL.",
    });
    expect(fake.asked).toHaveLength(1);
  });

  it('fails where one redirect leads to another, or to none', async () => {
    redirect(`${fake.origin}/repos/acme/store/issues/1`);
    redirect(`${fake.origin}/repos/acme/depot/issues/1`);
    await expect(fetched()).rejects.toMatchObject({ name: 'TrackerFailure' });
    expect(fake.asked).toHaveLength(2);
    fake.next.push({ code: 301, body: {} });
    await expect(fetched()).rejects.toMatchObject({ name: 'TrackerFailure' });
  });

  it('is not asked for outside the API that the base URL names', async () => {
    const enterprise = gitHub(`${fake.origin}/api/v3`, { token: fake.token }, connections());
    fake.always = { code: 301, headers: { location: `${fake.origin}/elsewhere` }, body: {} };
    await expect(enterprise.fetch('acme/shop#1', '444500041')).rejects.toMatchObject({ name: 'TrackerFailure' });
    expect(fake.asked).toHaveLength(1);
  });
});
