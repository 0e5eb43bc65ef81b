import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { operatorKey, type TestApi, type TestTenant } from '../../support/api.ts';
import { encryptionKeys, member } from '../../support/users.ts';
import { type Variable, variableTypes } from './calls.ts';

/** One principal of each kind, by its column in docs/access.md. */
export async function principals(api: TestApi, tenant: TestTenant): Promise<Record<string, string>> {
  const { organizationId, projectId } = tenant;
  const other = await api.tenant();
  const { createPortalLink } = await api.data(
    tenant.key,
    'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
    { input: { projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY'] } },
  );
  const user = (role: 'OWNER' | 'ADMIN' | 'MEMBER' | 'VIEWER' | 'PROJECT_ADMIN') =>
    member(api, tenant, `${role.toLowerCase()} of ${organizationId}`, role);
  return {
    operator: operatorKey,
    OWNER: await user('OWNER'),
    ADMIN: await user('ADMIN'),
    MEMBER: await user('MEMBER'),
    VIEWER: await user('VIEWER'),
    PROJECT_ADMIN: await user('PROJECT_ADMIN'),
    'portal link': createPortalLink.token,
    'API key': await api.key(tenant.key, { organizationId, permissions: ['EVENT_PUBLISH'] }),
    'replay key': await api.key(tenant.key, { organizationId, permissions: ['DELIVERY_REPLAY'] }),
    'other tenant': await member(api, other, `owner of ${other.organizationId}`, 'OWNER'),
  };
}

/** Values for the variables that a call names. */
export class World {
  readonly #api: TestApi;
  readonly #tenant: TestTenant;
  readonly #keys = parseKeyRing(encryptionKeys);
  readonly #known: Partial<Record<Variable, string>>;
  /** The same however often it is connected anew, so that whoever looks for it does not look for an old one. */
  readonly #inboundWebhook = randomUUID();

  private constructor(api: TestApi, tenant: TestTenant, known: Partial<Record<Variable, string>>) {
    this.#api = api;
    this.#tenant = tenant;
    this.#known = known;
  }

  static async of(api: TestApi, tenant: TestTenant): Promise<World> {
    await api.eventType(tenant, 'crane.moved');
    const webhook = await api.webhook(tenant);
    const { sendTestEvent } = await api.data(
      tenant.key,
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id event { id } } } }',
      { id: webhook.id },
    );
    const { id, event } = sendTestEvent.delivery;
    const world = new World(api, tenant, {
      organization: tenant.organizationId,
      project: tenant.projectId,
      webhook: webhook.id,
      delivery: id,
      event: event.id,
      deletion: randomUUID(),
    });
    await world.#deletion();
    await world.#connect();
    await world.#report();
    return world;
  }

  /** Ids of the tenant's things, which nobody else may be shown. */
  get ids(): string[] {
    return [...Object.values(this.#known), this.#inboundWebhook];
  }

  /** The id that a variable stands for. */
  id(name: 'organization' | 'project' | 'webhook' | 'delivery' | 'event' | 'inboundWebhook'): string {
    return name === 'inboundWebhook' ? this.#inboundWebhook : (this.#known[name] as string);
  }

  /** The operation that a call's text makes, with values for the variables that it names. */
  async operation(kind: string, text: string): Promise<{ query: string; variables: Record<string, string> }> {
    const names = [...new Set([...text.matchAll(/\$(\w+)/g)].map(([, name]) => name as Variable))];
    const variables: Record<string, string> = {};
    for (const name of names) variables[name] = this.#known[name] ?? (await this.#fresh(name));
    const declared = names.map((name) => `$${name}: ${variableTypes[name]}`).join(', ');
    return { query: `${kind.toLowerCase()} ${declared ? `(${declared})` : ''} { ${text} }`, variables };
  }

  /** @returns the last statement's rows */
  async #sql(...statements: readonly [text: string, values: readonly unknown[]][]): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: this.#api.database.url });
    await client.connect();
    try {
      let last: unknown[] = [];
      for (const [text, values] of statements) last = (await client.query(text, [...values])).rows;
      return last;
    } finally {
      await client.end();
    }
  }

  /** Gives the project an integration and an inbound webhook, which no tracker need be asked for. */
  async #connect(): Promise<void> {
    const { organizationId, projectId } = this.#tenant;
    const [integrationId, id] = [randomUUID(), this.#inboundWebhook];
    const credentials = this.#keys.seal('{}', `issue_credentials:${integrationId}`);
    const secret = this.#keys.seal('a secret of a tracker', `inbound_secret:${id}`);
    await this.#sql(
      ['DELETE FROM issue_integration WHERE project_id = $1', [projectId]],
      [
        `INSERT INTO issue_integration (id, organization_id, project_id, provider, base_url, credentials_sealed)
         VALUES ($1, $2, $3, 'GITHUB', 'https://api.github.com', $4)`,
        [integrationId, organizationId, projectId, credentials],
      ],
      [
        `INSERT INTO inbound_webhook (id, organization_id, project_id, integration_id, provider, token_digest, secret_sealed, created_at)
         VALUES ($1, $2, $3, $4, 'GITHUB', $5, $6, '2026-01-01')`,
        [id, organizationId, projectId, integrationId, Buffer.from(id), secret],
      ],
    );
  }

  /** What a tracker reported to the project's inbound webhook. */
  async #report(): Promise<void> {
    const { organizationId, projectId } = this.#tenant;
    await this.#sql([
      `INSERT INTO delivery (id, organization_id, project_id, event_type, direction, status, response_code)
       VALUES ($1, $2, $3, 'issues.edited', 'INBOUND', 'DELIVERED', 200)`,
      [randomUUID(), organizationId, projectId],
    ]);
  }

  /** A deletion of another project of the organization. */
  async #deletion(): Promise<void> {
    await this.#sql([
      `INSERT INTO deletion (id, kind, organization_id, project_id, principal_kind, principal_id)
       VALUES ($1, 'PROJECT', $2, $3, 'OPERATOR', 'operator')`,
      [this.#known.deletion, this.#tenant.organizationId, randomUUID()],
    ]);
  }

  /** A session of a key of the organization. */
  async #session(): Promise<string> {
    const id = randomUUID();
    const keyId = await this.#fresh('freshKey');
    await this.#sql([
      `INSERT INTO session (id, digest, api_key_id, expires_at) VALUES ($1, $2, $3, now() + interval '1 hour')`,
      [id, Buffer.from(id), keyId],
    ]);
    return id;
  }

  /** A recovery under way, of a webhook of its own. */
  async #recovery(): Promise<string> {
    const { organizationId, projectId } = this.#tenant;
    const id = randomUUID();
    const webhookId = await this.#fresh('freshWebhook');
    await this.#sql([
      `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total)
       VALUES ($1, $2, $3, $4, now(), now(), 1)`,
      [id, organizationId, projectId, webhookId],
    ]);
    return id;
  }

  /** The id of a row of each type that is found by its id alone. */
  async nodes(): Promise<Readonly<Record<string, string>>> {
    const { organizationId, projectId } = this.#tenant;
    const [issue, change, integration] = [randomUUID(), randomUUID(), randomUUID()];
    const rows = await this.#sql(
      ['DELETE FROM issue WHERE project_id = $1', [projectId]],
      [
        `INSERT INTO issue (id, organization_id, project_id, provider, external_id, external_key, title, state, url, external_changed_at)
         VALUES ($1, $2, $3, 'GITHUB', '1', 'acme/shop#1', 'Oil the gate', 'open', 'https://github.com/acme/shop/issues/1', now())`,
        [issue, organizationId, projectId],
      ],
      [
        `INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", at) VALUES ($1, $2, $3, 'HEALTHY', 'DEGRADED', now())`,
        [change, organizationId, this.id('webhook')],
      ],
      ['UPDATE issue_integration SET id = $2 WHERE project_id = $1', [projectId, integration]],
      [
        `SELECT (SELECT id FROM member WHERE organization_id = $1 LIMIT 1) AS member,
                (SELECT id FROM audit_event WHERE organization_id = $1 LIMIT 1) AS audit,
                (SELECT id FROM event_type WHERE organization_id = $1 LIMIT 1) AS type,
                (SELECT id FROM event_type_version WHERE organization_id = $1 LIMIT 1) AS version`,
        [organizationId],
      ],
    );
    const [row] = rows as { member: string; audit: string; type: string; version: string }[];
    if (!row) throw new Error('There is nobody and nothing.');
    return {
      ApiKey: await this.#fresh('freshKey'),
      AuditEvent: row.audit,
      Deletion: this.#known.deletion as string,
      Delivery: this.id('delivery'),
      Erasure: await this.#fresh('freshErasure'),
      Event: this.id('event'),
      EventType: row.type,
      EventTypeVersion: row.version,
      InboundWebhook: this.#inboundWebhook,
      Issue: issue,
      IssueIntegration: integration,
      Member: row.member,
      Organization: organizationId,
      PortalLink: await this.#fresh('freshLink'),
      Project: projectId,
      Recovery: await this.#recovery(),
      Session: await this.#session(),
      Webhook: this.id('webhook'),
      WebhookHealthChange: change,
    };
  }

  async #fresh(name: Variable): Promise<string> {
    const { organizationId, projectId, key } = this.#tenant;
    switch (name) {
      case 'freshSession':
        return this.#session();
      case 'freshName':
        return `fresh_${randomUUID()}`;
      case 'freshWebhook':
        return (await this.#api.webhook(this.#tenant)).id;
      case 'freshType': {
        const made = await this.#api.data(
          key,
          'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }',
          { input: { projectId, name: `fresh.${randomUUID()}`, schema: {} } },
        );
        return made.createEventType.eventType.id;
      }
      case 'pausedWebhook': {
        const id = await this.#fresh('freshWebhook');
        const pause = 'mutation ($id: ID!) { pauseWebhook(input: { webhookId: $id }) { webhook { id } } }';
        await this.#api.data(key, pause, { id });
        return id;
      }
      case 'freshListener': {
        const made = await this.#api.data(
          key,
          'mutation ($input: CreateListenerInput!) { createListener(input: $input) { listener { id } } }',
          { input: { projectId, name: 'Fresh' } },
        );
        return made.createListener.listener.id;
      }
      case 'archivedType': {
        const id = await this.#fresh('freshType');
        await this.#api.data(key, 'mutation ($id: ID!) { archiveEventType(input: { id: $id }) { eventType { id } } }', {
          id,
        });
        return id;
      }
      case 'freshKey': {
        const input = { organizationId, projectId, name: 'Fresh', permissions: ['WEBHOOK_READ'] };
        const made = await this.#api.data(
          key,
          'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }',
          { input },
        );
        return made.createApiKey.apiKey.id;
      }
      case 'freshLink': {
        const made = await this.#api.data(
          key,
          'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { portalLink { id } } }',
          { input: { projectId, permissions: ['WEBHOOK_READ'] } },
        );
        return made.createPortalLink.portalLink.id;
      }
      case 'connectedProject':
        await this.#connect();
        return projectId;
      case 'freshErasure': {
        const id = randomUUID();
        await this.#sql([
          `INSERT INTO erasure (id, organization_id, project_id, selector, label_keys, current_ids, principal_kind, principal_id)
           VALUES ($1, $2, $3, 'LABELS', '{customer}', '{}', 'OPERATOR', 'operator')`,
          [id, organizationId, projectId],
        ]);
        return id;
      }
      case 'freshRecovery':
        return this.#recovery();
      default:
        throw new Error(`Nothing makes $${name}.`);
    }
  }
}
