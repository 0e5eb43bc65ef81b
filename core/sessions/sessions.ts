import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isAllowed } from '../access/addressList.ts';
import { notValid } from '../access/authenticate.ts';
import { digestOf } from '../access/digest.ts';
import type { Origin, Principal } from '../access/principal.ts';
import { ApiError } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { LookUps } from './cache.ts';
import { type Ending, isEnding, SessionEnded } from './ended.ts';
import { overlapMs, rotateMs, type SessionLimits, usualSessionLimits } from './limits.ts';
import { readSession, type StoredSession } from './readSession.ts';
import { shortAddress, shortUserAgent } from './shortened.ts';

/** When a session was last used is written at most this often, in milliseconds. */
const touchMs = 60_000;
/** Sessions of one principal; the one that was not used for longest makes room. */
const maxOfPrincipal = 100;

/** A new token: `ehs_` and 256 random bits. */
const newToken = (): string => `ehs_${randomBytes(32).toString('base64url')}`;

/** A new session. */
export interface OpenedSession {
  readonly id: string;
  /** For the cookie alone. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** A session that was presented, and is good. */
export interface UsedSession {
  readonly principal: Principal;
  readonly session: StoredSession;
  /** The token that replaces the presented one from now on; null while that one stays. */
  readonly renewed: string | null;
}

/** What an issuer said of somebody who signs in. */
export interface SignedInPerson {
  readonly name: string | null;
  readonly issuer: string;
  /** Seals what must be kept of the issuer's tokens, for the session of this id. */
  seal(id: string): Buffer;
}

/**
 * Looks after what is behind a session of an issuer.
 *
 * @returns whether the session must be read anew
 * @throws SessionEnded where that is gone
 */
export type CheckIssuer = (session: StoredSession) => Promise<boolean>;

export interface Sessions {
  /**
   * Opens a session of a principal.
   *
   * @param endsAt - when its credential ends by itself, in milliseconds since 1970
   * @param by - the key or token; of an issuer, what that said
   */
  open(principal: Principal, endsAt: number, by: string | SignedInPerson): Promise<OpenedSession>;
  /**
   * Finds the session of a token.
   *
   * @param mayRenew - whether the answer can carry a new token
   * @throws ApiError UNAUTHENTICATED, {@link SessionEnded} with the reason
   */
  use(token: string, origin: Origin, mayRenew: boolean): Promise<UsedSession>;
  /** The principal of a session that was presented before: nothing is renewed, and it does not count as used. @throws as `use` */
  again(id: string, origin?: Origin): Promise<Principal>;
  /** Whether a token was good at its last look-up. Makes none itself. */
  isKnown(token: string): boolean;
  /** Ends one. @returns whether it went on until now */
  end(id: string, ending: Ending): Promise<boolean>;
  /** Makes this process read these anew. */
  forget(matches: (session: StoredSession) => boolean): void;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

export interface SessionsParts {
  readonly pool: Pool;
  readonly prisma: PrismaClient;
  readonly log: Logger;
  readonly limits?: SessionLimits | undefined;
  /** The time, in milliseconds since 1970. @default the system's */
  readonly now?: (() => number) | undefined;
  readonly checkIssuer?: CheckIssuer | undefined;
}

/** Sessions in the database: their tokens, and how long they last. */
export function createSessions({
  pool,
  prisma,
  log,
  limits = usualSessionLimits,
  now = Date.now,
  checkIssuer = async () => false,
}: SessionsParts): Sessions {
  const byToken = new LookUps<StoredSession>();
  const byId = new LookUps<StoredSession>();
  const writing = new Set<Promise<unknown>>();

  const forget = (matches: (session: StoredSession) => boolean) => {
    byToken.forget(matches);
    byId.forget(matches);
  };
  const forgetOne = (id: string) => forget((session) => session.id === id);

  async function end(id: string, ending: Ending): Promise<boolean> {
    const { rowCount } = await pool.query(
      'UPDATE session SET ended_at = $2, end_reason = $3, tokens_sealed = NULL WHERE id = $1 AND ended_at IS NULL',
      [id, new Date(now()), ending],
    );
    forgetOne(id);
    return rowCount === 1;
  }

  /** @throws SessionEnded, ApiError UNAUTHENTICATED */
  function requireGood(session: StoredSession, origin: Origin | undefined): Principal {
    const { principal, endReason, addresses } = session;
    if (session.endedAt !== null) throw new SessionEnded(isEnding(endReason) ? endReason : 'ENDED');
    if (principal === null || session.keyEndsAt <= now()) throw new SessionEnded('KEY_ENDED');
    if (session.expiresAt.getTime() <= now()) throw new SessionEnded('EXPIRED');
    if (session.lastUsedAt + limits.idleMs <= now()) throw new SessionEnded('IDLE');
    if (addresses.length > 0 && origin !== undefined && !isAllowed(origin.address, addresses)) throw notValid();
    return origin === undefined ? principal : { ...principal, origin };
  }

  /** Reads a session until its issuer has nothing to say. @throws SessionEnded, ApiError UNAUTHENTICATED */
  async function good(
    read: () => Promise<StoredSession | null>,
    origin: Origin | undefined,
  ): Promise<{ session: StoredSession; principal: Principal }> {
    const session = await read();
    if (!session) throw notValid();
    const principal = requireGood(session, origin);
    if (session.issuer === null || !(await checkIssuer(session))) return { session, principal };
    const again = await read();
    if (!again) throw notValid();
    return { session: again, principal: requireGood(again, origin) };
  }

  /** Replaces the token, once for all who ask at the same time. */
  async function rotate(session: StoredSession, presented: Uint8Array, lost: boolean): Promise<string | null> {
    const token = newToken();
    const { rowCount } = await pool.query(
      `UPDATE session SET digest = $3, previous_digest = $4, rotated_at = $5, last_used_at = $5, confirmed_at = NULL
        WHERE id = $1 AND digest = $2 AND ended_at IS NULL AND (NOT $6 OR confirmed_at IS NULL)`,
      [session.id, session.digest, digestOf(token), presented, new Date(now()), lost],
    );
    forgetOne(session.id);
    return rowCount === 1 ? token : null;
  }

  /** @returns the token that replaces the presented one, or null */
  async function renewed(session: StoredSession, digest: Uint8Array, mayRenew: boolean): Promise<string | null> {
    const { confirmedAt, rotatedAt } = session;
    if (Buffer.from(session.digest).equals(digest)) {
      if (mayRenew && now() - rotatedAt >= rotateMs) return rotate(session, digest, false);
      if (confirmedAt === null) {
        await pool.query(
          'UPDATE session SET confirmed_at = $3, last_used_at = $3 WHERE id = $1 AND digest = $2 AND confirmed_at IS NULL',
          [session.id, digest, new Date(now())],
        );
        forgetOne(session.id);
      }
      return null;
    }
    if (confirmedAt === null) return mayRenew && now() - rotatedAt > overlapMs ? rotate(session, digest, true) : null;
    if (now() - confirmedAt <= overlapMs) return null;
    await end(session.id, 'REUSED');
    log.warn({ session: session.id }, 'a session was ended: a token of it was used that had been replaced long before');
    throw new SessionEnded('REUSED');
  }

  /** Nothing waits for it. */
  function touch(session: StoredSession, origin: Origin): void {
    const at = now();
    if (at - session.lastUsedAt < touchMs) return;
    session.lastUsedAt = at;
    const writes = pool
      .query(
        'UPDATE session SET last_used_at = greatest(last_used_at, $2), address = $3, user_agent = $4 WHERE id = $1',
        [session.id, new Date(at), shortAddress(origin.address), shortUserAgent(origin.userAgent)],
      )
      .catch((error) => log.warn({ err: error }, 'when a session was used could not be stored'))
      .finally(() => writing.delete(writes));
    writing.add(writes);
  }

  const idOfKey = async (digest: Uint8Array<ArrayBuffer>) =>
    (await prisma.apiKey.findUnique({ where: { digest }, select: { id: true } }))?.id;

  return {
    async open(principal, endsAt, by) {
      const { kind, origin } = principal;
      if (kind === 'PORTAL') {
        throw new ApiError('FORBIDDEN', 'A portal link opens the portal alone: open the link itself.', 'credential');
      }
      const token = newToken();
      const id = newId();
      const beganAt = new Date(now());
      const expiresAt = new Date(Math.min(now() + limits.maxMs, endsAt));
      const person = typeof by === 'object' ? by : null;
      const apiKeyId = kind === 'USER' ? undefined : await idOfKey(digestOf(by as string));
      const userId = kind === 'USER' ? principal.id : null;
      const whose = userId === null ? 'api_key_id = $1::uuid' : 'user_id = $1';
      await prisma.session.create({
        data: {
          id,
          digest: digestOf(token),
          apiKeyId: apiKeyId ?? null,
          userId,
          name: person?.name ?? null,
          issuer: person?.issuer ?? null,
          createdAt: beganAt,
          lastUsedAt: beganAt,
          rotatedAt: beganAt,
          expiresAt,
          address: shortAddress(origin?.address ?? null),
          userAgent: shortUserAgent(origin?.userAgent ?? null),
          tokensSealed: person ? new Uint8Array(person.seal(id)) : null,
          checkedAt: person ? beganAt : null,
        },
        select: { id: true },
      });
      await pool.query(
        `DELETE FROM session WHERE id IN
           (SELECT id FROM session WHERE ${whose} AND id <> $2 ORDER BY ended_at IS NULL DESC, last_used_at DESC, id DESC OFFSET ${maxOfPrincipal - 1})`,
        [userId ?? apiKeyId, id],
      );
      return { id, token, expiresAt };
    },

    async use(token, origin, mayRenew) {
      const digest = digestOf(token);
      const { session, principal } = await good(
        () => byToken.get(nameOf(digest), () => readSession(prisma, { OR: [{ digest }, { previousDigest: digest }] })),
        origin,
      );
      const next = await renewed(session, digest, mayRenew);
      touch(session, origin);
      return { principal, session, renewed: next };
    },

    async again(id, origin) {
      return (await good(() => byId.get(id, () => readSession(prisma, { id })), origin)).principal;
    },

    isKnown: (token) => byToken.has(nameOf(digestOf(token))),
    end,
    forget,

    async close() {
      await Promise.all(writing);
    },
  };
}

const nameOf = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');
