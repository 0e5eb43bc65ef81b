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

/** How long a webhook is cached. The accepting statement checks its token in any case. Milliseconds. */
const cachedMs = 5_000;
const maxCached = 5_000;

/**
 * Finds webhooks by token, and caches those that exist. The statement that accepts a request compares the token's digest, so it
 * notices a webhook that was rotated or deleted meanwhile; then call {@link forget}.
 */
export class InboundWebhookCache {
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  readonly #known = new Map<string, { readonly webhook: Promise<OpenInboundWebhook | null>; readonly until: number }>();

  constructor(pool: Pool, keys: KeyRing) {
    this.#pool = pool;
    this.#keys = keys;
  }

  find(tokenDigest: Buffer): Promise<OpenInboundWebhook | null> {
    const key = tokenDigest.toString('latin1');
    const now = performance.now();
    const known = this.#known.get(key);
    if (known && known.until > now) return known.webhook;
    const webhook = this.#load(tokenDigest);
    const entry = { webhook, until: now + cachedMs };
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > maxCached) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    const drop = () => {
      if (this.#known.get(key) === entry) this.#known.delete(key);
    };
    webhook.then((found) => found === null && drop(), drop);
    return webhook;
  }

  forget(tokenDigest: Buffer): void {
    this.#known.delete(tokenDigest.toString('latin1'));
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
