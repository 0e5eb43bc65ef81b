import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Granted } from '../access/principal.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { type Ending, SessionEnded } from '../sessions/ended.ts';
import type { StoredSession } from '../sessions/readSession.ts';
import type { CheckIssuer } from '../sessions/sessions.ts';
import type { Claims, Issuer } from './issuer.ts';
import type { IssuerAnswer, KeptTokens } from './issuerClient.ts';
import { failedBy } from './issuerErrors.ts';
import { openTokens, sealTokens } from './keptTokens.ts';

/** An issuer is asked again after so long, without anybody waiting. Milliseconds. */
export const askAfterMs = 10 * 60_000;
/** What an issuer has not confirmed for so long does not go on. */
export const boundMs = 15 * 60_000;
/** A process that asks has so long; then another one may. */
const leaseMs = 30_000;
/** After an issuer could not be reached, it is asked again so much later at the earliest. */
const restMs = 15_000;
const pollMs = 200;

export interface KnownIssuer {
  readonly issuer: Issuer;
  refresh(tokens: KeptTokens, sub: string): Promise<IssuerAnswer>;
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

  async function ask(id: string): Promise<boolean> {
    const began = now();
    const { rows } = await pool.query<{
      user_id: string;
      issuer: string;
      tokens_sealed: Buffer | null;
    }>(
      `UPDATE session SET checking_until = $2
        WHERE id = $1 AND ended_at IS NULL AND checked_at <= $3 AND (checking_until IS NULL OR checking_until < $4)
        RETURNING user_id, issuer, tokens_sealed`,
      [id, new Date(began + leaseMs), new Date(began - askAfterMs), new Date(began)],
    );
    const [row] = rows;
    if (!row) return waitForOther(id);
    const known = issuers.get(row.issuer);
    const sealed = row.tokens_sealed;
    if (!known || !sealed) {
      await parts.end(id, 'ISSUER_ENDED');
      return true;
    }
    try {
      const tokens = openTokens(keys, id, sealed);
      const answer = await known.refresh(tokens, tokens.sub);
      const person: Granted = { kind: 'USER', id: row.user_id, grants: [] };
      // Roles first: with them taken away and this process gone, the next one asks again.
      if (answer.claims !== null) await parts.sync(known.issuer, person, answer.claims);
      await pool.query(
        'UPDATE session SET tokens_sealed = $2, checked_at = $3, checking_until = NULL WHERE id = $1 AND ended_at IS NULL',
        [id, sealTokens(keys, id, { ...answer.tokens, sub: tokens.sub }), new Date(now())],
      );
      restingUntil.delete(id);
      parts.forget(id);
      return true;
    } catch (error) {
      const failed = failedBy(error);
      log.warn(
        { issuer: known.issuer.name, session: id, reason: failed.message },
        'an issuer did not confirm a session',
      );
      if (failed.failing.kind === 'DENIED') {
        await parts.end(id, 'ISSUER_ENDED');
        return true;
      }
      await pool.query('UPDATE session SET checking_until = NULL WHERE id = $1', [id]);
      if (restingUntil.size > 10_000) restingUntil.clear();
      restingUntil.set(id, now() + restMs);
      return false;
    }
  }

  /** Another process asks. @returns whether there was an answer */
  async function waitForOther(id: string): Promise<boolean> {
    for (let waited = 0; waited < leaseMs; waited += pollMs) {
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
    return false;
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
