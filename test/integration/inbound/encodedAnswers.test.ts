import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { maxAnswerBytes } from '../../../core/issues/trackers/connections.ts';
import { trackerCases } from '../../trackers/cases.ts';

const text = JSON.stringify({ title: 'x' });
const answers: [what: string, encoding: string, body: Buffer][] = [
  ['gzip that is none', 'gzip', Buffer.from('not gzip')],
  ['deflate that is none', 'deflate', Buffer.from('not deflate')],
  ['Brotli that is none', 'br', Buffer.from('not Brotli')],
  ['gzip that breaks off', 'gzip', gzipSync(text).subarray(0, -6)],
  ['gzip', 'gzip', gzipSync(text)],
  ['deflate', 'deflate', deflateSync(text)],
  ['Brotli', 'BR', brotliCompressSync(text)],
  ['gzip twice', 'gzip, gzip', gzipSync(gzipSync(text))],
  ['gzip of more than an answer may have', 'gzip', gzipSync(Buffer.alloc(4 * maxAnswerBytes, ' '))],
];
const refused = {
  name: 'TrackerFailure',
  message: expect.stringMatching(/^The tracker's answer is compressed \(\w+\)/),
};

describe.each(trackerCases)('an answer of $name that is encoded, though none was asked for,', (tracked) => {
  it.each(answers)('is refused before it is decoded: %s', async (_what, encoding, body) => {
    const { fake, tracker, put } = await tracked.start();
    put('Berth 4');
    const answer = { code: 200, headers: { 'content-encoding': encoding }, body };
    const client = await tracker();
    fake.next.push(answer);
    await expect(client.fetch(tracked.locator, tracked.externalId)).rejects.toMatchObject(refused);
    fake.always = answer;
    await expect(client.check()).rejects.toMatchObject(refused);
    await expect((await tracker()).fetch(tracked.locator, tracked.externalId)).rejects.toMatchObject(refused);
    expect(new Set(fake.asked.map(({ acceptEncoding }) => acceptEncoding))).toEqual(new Set(['identity']));
  });

  it('is read where the encoding is none', async () => {
    const { fake, tracker, put } = await tracked.start();
    put('Berth 4');
    fake.addedHeaders = { 'content-encoding': 'identity' };
    expect(await (await tracker()).fetch(tracked.locator, tracked.externalId)).toMatchObject({ title: 'Berth 4' });
  });
});
