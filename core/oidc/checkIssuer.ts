import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Granted } from '../access/principal.ts';
import { sealFailureOf } from '../ground/undecryptable.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { type Ending, SessionEnded } from '../sessions/ended.ts';
import type { StoredSession } from '../sessions/readSession.ts';
import type { CheckIssuer } from '../sessions/sessions.ts';
import type { Claims, Issuer } from './issuer.ts';
import type { KeptTokens, Refreshed } from './issuerClient.ts';
import { failedBy, IssuerFailed } from './issuerErrors.ts';
import { openTokens, sealTokens } from './keptTokens.ts';

/** An issuer is asked again after so long, without anybody waiting. Milliseconds. */
export const askAfterMs = 10 * 60_000;
/** What an issuer has not confirmed for so long does not go on. */
export const boundMs = 15 * 60_000;
/**
 * A process that asks has so long for each step, and then another one may: the issuer has ten seconds for each of its answers, of
 * which a step takes three at most.
 */
const leaseMs = 35_000;
/** After an issuer could not be reached, it is asked again so much later at the earliest. */
const restMs = 15_000;
const pollMs = 200;

export interface KnownIssuer {
  readonly issuer: Issuer;
  refresh(tokens: KeptTokens, sub: string): Promise<Refreshed>;
}

interface Checked {
  readonly user_id: string;
  readonly issuer: string;
  readonly tokens_sealed: Buffer | null;
}

export interface CheckParts {
  readonly pool: Pool;
  readonly log: Logger;
  readonly keys: KeyRing;
  /** By the issuer's URL. */
  readonly issuers: ReadonlyMap<string, KnownIssuer>;
  /** Gives and takes roles. */
  sync(issuer: Issuer, person: Granted, claims: Claims): Promise<boolean>;
  end(id: string, ending: Ending): Promise<boolean>;
  /** Makes this process read the session anew. */
  forget(id: string): void;
  readonly now?: (() => number) | undefined;
}

/**
 * Asks the issuer behind a session whether the person is still who they are: by its refresh token, ten minutes after it last said so. The
 * session goes on meanwhile, but no longer than a quarter of an hour without an answer. Of all processes one asks at a time, because many
 * issuers take a refresh token once.
 */
export function createCheckIssuer(parts: CheckParts): CheckIssuer {
  const { pool, log, keys, issuers, now = Date.now } = parts;
  /** Sessions for which this process asks now. */
  const asking = new Map<string, Promise<boolean>>();
  const restingUntil = new Map<string, number>();

  /** @returns whether the issuer answered, to this process or to another one */
  async function ask(id: string): Promise<boolean> {
    for (let tries = 0; ; tries += 1) {
      const began = now();
      const lease = new Date(began + leaseMs);
      const { rows } = await pool.query<Checked>(
        `UPDATE session SET checking_until = $2
          WHERE id = $1 AND ended_at IS NULL AND checked_at <= $3 AND (checking_until IS NULL OR checking_until < $4)
          RETURNING user_id, issuer, tokens_sealed`,
        [id, lease, new Date(began - askAfterMs), new Date(began)],
      );
      const [row] = rows;
      if (row) return confirm(id, row, lease);
      // A process that died while it asked leaves its turn to this one, and so does one that has a fault of its own.
      const answered = await ofOther(id);
      if (answered || tries > 0) return answered;
    }
  }

  async function confirm(id: string, row: Checked, began: Date): Promise<boolean> {
    const known = issuers.get(row.issuer);
    const sealed = row.tokens_sealed;
    if (!known || !sealed) {
      await parts.end(id, 'ISSUER_ENDED');
      return true;
    }
    let turn = began;
    try {
      const tokens = openTokens(keys, id, sealed);
      const refreshed = await known.refresh(tokens, tokens.sub);
      const kept = sealTokens(keys, id, { ...refreshed.tokens, sub: tokens.sub });
      // Before anything else can fail: many issuers take the token before once, and end all that came of it if they see it again.
      const next = new Date(now() + leaseMs);
      await pool.query(
        'UPDATE session SET tokens_sealed = $2, checking_until = $3 WHERE id = $1 AND ended_at IS NULL AND checking_until = $4',
        [id, kept, next, turn],
      );
      turn = next;
      const claims = await refreshed.claims();
      const person: Granted = { kind: 'USER', id: row.user_id, grants: [] };
      // Roles first: with them taken away and this process gone, the next one asks again.
      if (claims !== null) await parts.sync(known.issuer, person, claims);
      await pool.query(
        'UPDATE session SET checked_at = $2, checking_until = NULL WHERE id = $1 AND ended_at IS NULL AND checking_until = $3',
        [id, new Date(now()), turn],
      );
      restingUntil.delete(id);
      parts.forget(id);
      return true;
    } catch (error) {
      await pool.query('UPDATE session SET checking_until = NULL WHERE id = $1 AND checking_until = $2', [id, turn]);
      if (restingUntil.size > 10_000) restingUntil.clear();
      restingUntil.set(id, now() + restMs);
      // Without its tokens a session cannot be asked for, as if the issuer were away: so it ends, and one may sign in anew.
      const failed = error instanceof IssuerFailed || sealFailureOf(error) !== null ? failedBy(error) : null;
      // Anything else is a fault of this installation, such as a database that is away.
      if (failed === null) throw error;
      log.warn(
        { issuer: known.issuer.name, session: id, reason: failed.message },
        'an issuer did not confirm a session',
      );
      if (failed.failing.kind === 'DENIED' && failed.failing.forGood) {
        await parts.end(id, 'ISSUER_ENDED');
        return true;
      }
      return false;
    }
  }

  /** Another process asks. @returns whether it got an answer: otherwise it failed, or has not come back in time */
  async function ofOther(id: string): Promise<boolean> {
    for (;;) {
      const { rows } = await pool.query<{ checked_at: Date; checking_until: Date | null; ended_at: Date | null }>(
        'SELECT checked_at, checking_until, ended_at FROM session WHERE id = $1',
        [id],
      );
      const [row] = rows;
      if (!row || row.ended_at !== null || row.checked_at.getTime() > now() - askAfterMs) {
        parts.forget(id);
        return true;
      }
      if (row.checking_until === null || row.checking_until.getTime() < now()) return false;
      await sleep(pollMs);
    }
  }

  return async ({ id, checkedAt }: StoredSession) => {
    const age = now() - (checkedAt ?? 0);
    if (age < askAfterMs) return false;
    const isDue = age >= boundMs;
    if (!isDue && (restingUntil.get(id) ?? 0) > now()) return false;
    let answered = asking.get(id);
    if (!answered) {
      answered = ask(id).finally(() => asking.delete(id));
      asking.set(id, answered);
    }
    if (!isDue) {
      answered.catch((error) => log.warn({ err: error, session: id }, 'a session could not be confirmed for now'));
      return false;
    }
    if (await answered) return true;
    await parts.end(id, 'ISSUER_AWAY');
    throw new SessionEnded('ISSUER_AWAY');
  };
}
