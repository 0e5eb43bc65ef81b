import type { Pool } from 'pg';
import { parseJson } from '../json/parseJson.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { IssueProvider, Profile } from '../store/prisma/enums.ts';
import type { TrackerName } from './provider.ts';
import type { TrackerConnections } from './trackers/connections.ts';
import { type Credentials, trackerOf } from './trackers/registry.ts';
import type { Tracker } from './trackers/tracker.ts';

/** The facts about an issue's project that a sync needs. */
export interface ProjectForSync {
  readonly organizationId: string;
  readonly profile: Profile;
  /** The user who becomes the creator of imported issues. */
  readonly ownerId: string | null;
  /** Null where the project has none, or one with only links. */
  readonly integration: {
    readonly id: string;
    readonly provider: TrackerName;
    /** Identifies this version of the integration. */
    readonly changedAt: Date;
    /** The tracker asked for no calls until then; milliseconds since the epoch. */
    readonly pausedUntil: number | null;
    /** @throws SealError */
    readonly open: () => Promise<Tracker>;
  } | null;
}

interface Row {
  organization_id: string;
  profile: Profile;
  owner_id: string | null;
  id: string | null;
  provider: IssueProvider;
  base_url: string;
  credentials_sealed: Buffer | null;
  paused_until: Date | null;
  changed_at: Date;
}

const maxClients = 200;

/** Opens projects' integrations, and keeps a tracker's client until its integration changes. */
export class OpenIntegrations {
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  readonly #connections: TrackerConnections;
  readonly #clients = new Map<string, Promise<Tracker>>();

  constructor(pool: Pool, keys: KeyRing, connections: TrackerConnections) {
    this.#pool = pool;
    this.#keys = keys;
    this.#connections = connections;
  }

  /** @returns null where the project is gone */
  async ofProject(projectId: string): Promise<ProjectForSync | null> {
    const { rows } = await this.#pool.query<Row>({
      name: 'project_for_sync',
      text: `
        SELECT p.organization_id, p.profile, i.id, i.provider, i.base_url, i.credentials_sealed, i.paused_until, i.changed_at,
               coalesce(p.owner_id, (SELECT m.user_id FROM member m
                                      WHERE m.organization_id = p.organization_id AND m.role = 'OWNER' ORDER BY m.id LIMIT 1)) AS owner_id
          FROM project p LEFT JOIN issue_integration i ON i.project_id = p.id
         WHERE p.id = $1 AND p.deleted_at IS NULL`,
      values: [projectId],
    });
    const [row] = rows;
    if (!row) return null;
    const project = { organizationId: row.organization_id, profile: row.profile, ownerId: row.owner_id };
    if (row.id === null || row.provider === 'SIMPLE_URL' || row.credentials_sealed === null) {
      return { ...project, integration: null };
    }
    const { id, provider, credentials_sealed: sealed, changed_at: changedAt } = row;
    const open = () => this.#clientOf(id, provider, row.base_url, sealed, changedAt);
    const pausedUntil = row.paused_until?.getTime() ?? null;
    return { ...project, integration: { id, provider, changedAt, pausedUntil, open } };
  }

  /** @returns null where the project is gone */
  async organizationOf(projectId: string): Promise<string | null> {
    const { rows } = await this.#pool.query<{ organization_id: string }>({
      name: 'organization_of_project',
      text: 'SELECT organization_id FROM project WHERE id = $1 AND deleted_at IS NULL',
      values: [projectId],
    });
    return rows[0]?.organization_id ?? null;
  }

  /** Keeps all workflows of an integration from calling its tracker for so long. */
  async pause(integrationId: string, ms: number): Promise<void> {
    await this.#pool.query(
      `UPDATE issue_integration SET paused_until = greatest(paused_until, clock_timestamp() + $2 * interval '1 millisecond') WHERE id = $1`,
      [integrationId, ms],
    );
  }

  async #clientOf(
    id: string,
    provider: TrackerName,
    baseUrl: string,
    sealed: Buffer,
    changedAt: Date,
  ): Promise<Tracker> {
    const key = `${id} ${changedAt.getTime()}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const credentials = parseJson(this.#keys.open(sealed, `integration_credentials:${id}`)) as Credentials;
    const tracker = trackerOf({ provider, baseUrl, credentials }, this.#connections);
    this.#clients.set(key, tracker);
    if (this.#clients.size > maxClients) {
      const oldest = this.#clients.keys().next().value;
      if (oldest !== undefined) this.#clients.delete(oldest);
    }
    return tracker;
  }
}
