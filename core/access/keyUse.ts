import type { Pool } from 'pg';
import type { Logger } from 'pino';

/** A key's row is written at most this often by one process, in milliseconds, and in batches. */
const everyMs = 60_000;
const flushMs = 5_000;
const maxKeys = 10_000;
const batchSize = 500;

/** Keeps when keys were used, and when one was refused. Nothing waits for it, and what a dying process has not written is lost. */
export interface KeyUse {
  used(keyId: string): void;
  /** A valid key came from an address that it does not allow, or after its end. */
  refused(keyId: string, address: string | null): void;
  close(): Promise<void>;
}

interface Seen {
  usedAt: number | null;
  refusedAt: number | null;
  address: string | null;
}

export function createKeyUse(pool: Pool, log: Logger): KeyUse {
  /** By key; those whose row was written lately stay until they may be written again. */
  const waiting = new Map<string, Seen>();
  const written = new Map<string, number>();
  let flushing: Promise<void> | null = null;

  async function write(batch: readonly (readonly [string, Seen])[]): Promise<void> {
    const time = (at: number | null) => (at === null ? null : new Date(at));
    await pool.query({
      name: 'key_use',
      text: `UPDATE api_key k SET last_used_at = greatest(k.last_used_at, u.used_at),
                    last_refused_at = greatest(k.last_refused_at, u.refused_at),
                    last_refused_address = CASE WHEN u.refused_at > coalesce(k.last_refused_at, '-infinity') THEN u.address
                                                ELSE k.last_refused_address END
               FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS u(id, used_at, refused_at, address)
              WHERE k.id = u.id`,
      values: [
        batch.map(([id]) => id),
        batch.map(([, { usedAt }]) => time(usedAt)),
        batch.map(([, { refusedAt }]) => time(refusedAt)),
        batch.map(([, { address }]) => address),
      ],
    });
  }

  async function flush(all: boolean): Promise<void> {
    const now = Date.now();
    for (const [id, at] of written) if (at <= now - everyMs) written.delete(id);
    const due = [...waiting].filter(([id]) => all || !written.has(id));
    for (let from = 0; from < due.length; from += batchSize) {
      const batch = due.slice(from, from + batchSize);
      // What comes while they are written is noted anew.
      for (const [id] of batch) waiting.delete(id);
      try {
        await write(batch);
      } catch (error) {
        for (const [id, seen] of batch) if (!waiting.has(id)) waiting.set(id, seen);
        throw error;
      }
      for (const [id] of batch) written.set(id, now);
    }
  }

  const start = (all: boolean) => {
    flushing ??= flush(all)
      .catch((error) => log.warn({ err: error }, 'when keys were used could not be stored; it is tried again'))
      .finally(() => {
        flushing = null;
      });
    return flushing;
  };
  const timer = setInterval(() => void start(false), flushMs);
  timer.unref();

  function note(keyId: string, seen: Seen): void {
    const before = waiting.get(keyId);
    if (before === undefined && waiting.size >= maxKeys) return;
    waiting.set(keyId, {
      usedAt: seen.usedAt ?? before?.usedAt ?? null,
      refusedAt: seen.refusedAt ?? before?.refusedAt ?? null,
      address: seen.refusedAt === null ? (before?.address ?? null) : seen.address,
    });
  }

  return {
    used(keyId) {
      const before = waiting.get(keyId);
      // The hot path: one look-up, and no object for each call.
      if (before !== undefined && before.usedAt !== null) before.usedAt = Date.now();
      else note(keyId, { usedAt: Date.now(), refusedAt: null, address: null });
    },
    refused: (keyId, address) => note(keyId, { usedAt: null, refusedAt: Date.now(), address }),
    async close() {
      clearInterval(timer);
      await flushing;
      await start(true);
    },
  };
}
