import type { Pool } from 'pg';
import type { TrackerName } from '../issues/provider.ts';
import type { KeyRing } from '../secrets/keyRing.ts';

/** An inbound webhook with its decrypted secret, for checking requests. */
export interface OpenInboundWebhook {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string;
  readonly provider: TrackerName;
  readonly tokenDigest: Buffer;
  readonly secret: string;
}

interface Row {
  id: string;
  organization_id: string;
  project_id: string;
  provider: TrackerName;
  token_digest: Buffer;
  secret_sealed: Buffer;
}

const columns = 'id, organization_id, project_id, provider, token_digest, secret_sealed';

const open = (row: Row, keys: KeyRing): OpenInboundWebhook => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  provider: row.provider,
  tokenDigest: row.token_digest,
  secret: keys.open(row.secret_sealed, `inbound_secret:${row.id}`),
});

/** A project's inbound webhook; null where it has none. */
export async function loadInboundWebhook(
  pool: Pool,
  keys: KeyRing,
  projectId: string,
): Promise<OpenInboundWebhook | null> {
  const { rows } = await pool.query<Row>(`SELECT ${columns} FROM inbound_webhook WHERE project_id = $1`, [projectId]);
  return rows[0] ? open(rows[0], keys) : null;
}

/** How long a webhook, or that there is none, is cached. The accepting statement checks its token in any case. Milliseconds. */
const cachedMs = 5_000;
const maxCached = 5_000;
/** Tokens that are nobody's: those of deleted webhooks, mostly, whose trackers go on sending. */
const maxMissed = 1_000;

interface Known {
  readonly webhook: OpenInboundWebhook;
  readonly until: number;
}

/**
 * Finds webhooks by token, and caches them. The statement that accepts a request compares the token's digest, so it
 * notices a webhook that was rotated or deleted meanwhile; then call {@link forget}. What is looked up in vain, and what is still
 * being looked up, takes no webhook's place.
 */
export class InboundWebhookCache {
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  /** Those that exist, or did when they were last looked up. */
  readonly #known = new Map<string, Known>();
  /** Until when a token counts as nobody's. */
  readonly #missed = new Map<string, number>();
  readonly #loading = new Map<string, Promise<OpenInboundWebhook | null>>();

  constructor(pool: Pool, keys: KeyRing) {
    this.#pool = pool;
    this.#keys = keys;
  }

  /** Whether this token was a webhook's when it was last looked up, or was nobody's a moment ago. */
  knows(tokenDigest: Buffer): boolean {
    const key = tokenDigest.toString('latin1');
    return this.#known.has(key) || this.#isMissed(key);
  }

  async find(tokenDigest: Buffer): Promise<OpenInboundWebhook | null> {
    const key = tokenDigest.toString('latin1');
    const known = this.#known.get(key);
    if (known && known.until > performance.now()) return known.webhook;
    if (this.#isMissed(key)) return null;
    return this.#loading.get(key) ?? this.#look(key, tokenDigest);
  }

  forget(tokenDigest: Buffer): void {
    const key = tokenDigest.toString('latin1');
    this.#known.delete(key);
    this.#loading.delete(key);
  }

  #isMissed(key: string): boolean {
    return (this.#missed.get(key) ?? 0) > performance.now();
  }

  #look(key: string, tokenDigest: Buffer): Promise<OpenInboundWebhook | null> {
    const until = performance.now() + cachedMs;
    const loading = this.#load(tokenDigest);
    this.#loading.set(key, loading);
    // Whether nothing was forgotten meanwhile.
    const end = () => this.#loading.get(key) === loading && this.#loading.delete(key);
    loading.then((webhook) => end() && this.#keep(key, webhook, until), end);
    return loading;
  }

  #keep(key: string, webhook: OpenInboundWebhook | null, until: number): void {
    this.#known.delete(key);
    if (webhook !== null) putLast(this.#known, key, { webhook, until }, maxCached);
    else putLast(this.#missed, key, until, maxMissed);
  }

  async #load(tokenDigest: Buffer): Promise<OpenInboundWebhook | null> {
    const { rows } = await this.#pool.query<Row>({
      name: 'inbound_webhook_by_token',
      text: `SELECT ${columns} FROM inbound_webhook WHERE token_digest = $1`,
      values: [tokenDigest],
    });
    return rows[0] ? open(rows[0], this.#keys) : null;
  }
}

/** Puts an entry behind all others; the first makes room. */
function putLast<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > max && first !== undefined) map.delete(first);
}
