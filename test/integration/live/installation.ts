import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import {
  createLiveFeed,
  type DeliverySubscription,
  type LiveFeed,
  type LiveFeedOptions,
} from '../../../core/live/liveFeed.ts';
import { createNotifier, type Notifier, type NotifierOptions } from '../../../core/live/notifier.ts';
import type { DeliveryStatus } from '../../../core/store/prisma/enums.ts';
import { createDatabase } from '../../support/database.ts';

const log = pino({ enabled: false });
export const never = 3_600_000;

/** A pool that remembers what it was asked, so that a test can wait for a statement instead of sleeping. */
class WatchedPool extends pg.Pool {
  readonly answered: string[] = [];
  #waiting: (() => void)[] = [];

  // biome-ignore lint/suspicious/noExplicitAny: `query` has a dozen overloads, all of which are handed on.
  override query(...parameters: any[]): any {
    const [statement] = parameters;
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    const result = (super.query as any)(...parameters);
    if (result instanceof Promise) {
      const text = typeof statement === 'string' ? statement : statement.text;
      const done = () => {
        this.answered.push(text);
        for (const wake of this.#waiting.splice(0)) wake();
      };
      result.then(done, () => {});
    }
    return result;
  }

  count(part: string): number {
    return this.answered.filter((text) => text.includes(part)).length;
  }

  /** Resolves when that many more statements with this text have been answered. */
  async answers(part: string, times = 1): Promise<void> {
    const until = this.count(part) + times;
    while (this.count(part) < until) await new Promise<void>((wake) => this.#waiting.push(wake));
  }
}

/** Pieces of the feed's statements by which tests tell them apart. */
export const statement = { byIds: 'd.id = ANY', after: 'ORDER BY d.changed_at', catchUp: 'AS scope(id, floor)' };

/** A process of the installation, as far as the live feed is concerned: a pool, a notifier and a feed of its own. */
export interface LiveProcess {
  readonly pool: WatchedPool;
  readonly notifier: Notifier;
  readonly feed: LiveFeed;
  close(): Promise<void>;
}

export class Installation {
  readonly url: string;
  /** For what a test does to the table itself. */
  readonly pool: pg.Pool;
  readonly #drop: () => Promise<void>;
  readonly #processes: LiveProcess[] = [];

  private constructor(url: string, drop: () => Promise<void>) {
    this.url = url;
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    this.pool.on('error', () => {});
    this.#drop = drop;
  }

  static async start(): Promise<Installation> {
    const { url, drop } = await createDatabase();
    return new Installation(url, drop);
  }

  process(options: Partial<LiveFeedOptions> = {}, notifierOptions: NotifierOptions = {}): LiveProcess {
    const pool = new WatchedPool({ connectionString: this.url, max: 5 });
    pool.on('error', () => {});
    const notifier = createNotifier(pool, log, { gatherMs: 5, ...notifierOptions });
    const feed = createLiveFeed({ pool, log, databaseUrl: this.url, catchUpMs: never, ...options });
    const live: LiveProcess = {
      pool,
      notifier,
      feed,
      async close() {
        await feed.close();
        await notifier.close();
        if (!pool.ended) await pool.end();
      },
    };
    this.#processes.push(live);
    return live;
  }

  async closeProcesses(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((each) => each.close()));
  }

  async stop(): Promise<void> {
    await this.closeProcesses();
    await this.pool.end();
    await this.#drop();
  }

  /** Deliveries as a publisher stores them, changed long ago unless said otherwise. */
  async insert(
    organizationId: string,
    count: number,
    { projectId = null as string | null, webhookId = randomUUID(), secondsAgo = 3_600 } = {},
  ): Promise<string[]> {
    const ids = Array.from({ length: count }, () => v7());
    await this.pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, next_attempt_at, changed_at)
       SELECT id, $2, $3, $4, 'order.paid', 'PENDING', now(), now() - $5 * interval '1 second' FROM unnest($1::uuid[]) AS id`,
      [ids, organizationId, projectId, webhookId, secondsAgo],
    );
    return ids;
  }

  /** What the table says: version by id. */
  async versions(organizationId: string): Promise<Map<string, number>> {
    const { rows } = await this.pool.query('SELECT id, version FROM delivery WHERE organization_id = $1', [
      organizationId,
    ]);
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  /** Ends the feed's LISTEN connections of this database, as a failover would. @returns how many */
  async killListeners(): Promise<number> {
    const { rowCount } = await this.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'everhook live feed'`,
    );
    return rowCount ?? 0;
  }

  async listeners(): Promise<number> {
    const { rows } = await this.pool.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'everhook live feed'`,
    );
    return rows[0].count;
  }
}

/** Changes deliveries as every statement of the hot path does: the version rises, the time is the statement's. */
export async function change(
  connection: pg.Pool | pg.PoolClient,
  ids: readonly string[],
  status: DeliveryStatus = 'PENDING',
): Promise<void> {
  await connection.query(
    `UPDATE delivery SET status = $2, version = version + 1, changed_at = clock_timestamp() WHERE id = ANY($1)`,
    [ids, status],
  );
}

/** A client that keeps what it is told. */
export class Client {
  /** The versions of each delivery in the order in which they were told. */
  readonly versions = new Map<string, number[]>();
  readonly statuses = new Map<string, DeliveryStatus>();
  readonly cursors: string[] = [];
  readonly #subscription: DeliverySubscription;

  constructor(subscription: DeliverySubscription) {
    this.#subscription = subscription;
  }

  get cursor(): string {
    const last = this.cursors.at(-1);
    if (last === undefined) throw new Error('Nothing was told yet.');
    return last;
  }

  /** Reads until what was told is enough. */
  async until(enough: (client: this) => boolean): Promise<this> {
    while (!enough(this)) {
      const { value, done } = await this.#subscription.next();
      if (done) throw new Error('The subscription ended.');
      for (const { id, version, status, cursor } of value) {
        this.versions.set(id, [...(this.versions.get(id) ?? []), version]);
        this.statuses.set(id, status);
        this.cursors.push(cursor);
      }
    }
    return this;
  }

  /** Reads until the latest version of each of these deliveries has been told. */
  knows(table: ReadonlyMap<string, number>): Promise<this> {
    return this.until(() => [...table].every(([id, version]) => this.versions.get(id)?.at(-1) === version));
  }

  close(): Promise<unknown> {
    return this.#subscription.return?.() ?? Promise.resolve();
  }
}
