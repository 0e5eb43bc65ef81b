import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { InboundWebhookCache } from '../../../core/inbound/openWebhook.ts';
import type { KeyRing } from '../../../core/secrets/keyRing.ts';

const digestOf = (token: string) => createHash('sha256').update(token).digest();

/** A database that has the webhook of one token, and counts who asks. */
function cacheOf(token: string) {
  const asked: Buffer[] = [];
  const pool = {
    async query({ values: [digest] }: { values: [Buffer] }) {
      asked.push(digest);
      const row = { id: token, token_digest: digest, secret_sealed: Buffer.alloc(0) };
      return { rows: digest.equals(digestOf(token)) ? [row] : [] };
    },
  };
  const keys = { open: () => 'secret' };
  return { asked, cache: new InboundWebhookCache(pool as unknown as Pool, keys as unknown as KeyRing) };
}

describe('the cache of inbound webhooks', () => {
  it('keeps a webhook, however many tokens that are nobody’s are asked for at once', async () => {
    const { cache, asked } = cacheOf('real');
    await cache.find(digestOf('real'));
    await Promise.all(Array.from({ length: 6_000 }, (_, index) => cache.find(digestOf(`guess ${index}`))));
    expect(await cache.find(digestOf('real'))).toMatchObject({ id: 'real' });
    expect(asked.filter((digest) => digest.equals(digestOf('real')))).toHaveLength(1);
  });

  it('asks once for a token that is nobody’s, though many send it', async () => {
    const { cache, asked } = cacheOf('real');
    await Promise.all(Array.from({ length: 100 }, () => cache.find(digestOf('deleted'))));
    expect(await cache.find(digestOf('deleted'))).toBeNull();
    expect(asked).toHaveLength(1);
  });
});
