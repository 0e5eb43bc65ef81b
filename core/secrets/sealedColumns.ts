/** A column that holds sealed bytes. All of them must be listed here: key rotation would lose the others. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The sealing context of a row, by its id. */
  readonly context: (id: string) => string;
  /** SQL for the organization of a row `t`; null where rows belong to the installation as a whole. */
  readonly organization: string | null;
}

export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'webhook_secret',
    column: 'sealed',
    context: (id) => `webhook_secret:${id}`,
    organization: '(SELECT w.organization_id FROM webhook w WHERE w.id = t.webhook_id)',
  },
  {
    table: 'webhook',
    column: 'url_sealed',
    context: (id) => `webhook_url:${id}`,
    organization: 't.organization_id',
  },
  {
    table: 'webhook',
    column: 'headers_sealed',
    context: (id) => `webhook_headers:${id}`,
    organization: 't.organization_id',
  },
  {
    table: 'issue_integration',
    column: 'credentials_sealed',
    context: (id) => `integration_credentials:${id}`,
    organization: 't.organization_id',
  },
  {
    table: 'inbound_webhook',
    column: 'secret_sealed',
    context: (id) => `inbound_secret:${id}`,
    organization: 't.organization_id',
  },
  {
    table: 'erasure',
    column: 'selector_sealed',
    context: (id) => `erasure:${id}`,
    organization: 't.organization_id',
  },
  {
    table: 'session',
    column: 'tokens_sealed',
    context: (id) => `session_tokens:${id}`,
    organization: null,
  },
];

/** Columns of bytes that hold digests or signatures: they reveal nothing, so they are not sealed. */
export const digestColumns: readonly string[] = [
  'api_key.digest',
  'session.digest',
  'session.previous_digest',
  'portal_link.digest',
  'idempotency_key.digest',
  'action_key.digest',
  'delivery.payload_digest',
  'attempt.signatures',
  'inbound_webhook.token_digest',
  'inbound_event.identity_digest',
];

/** Columns of bytes that anybody may see. */
export const openColumns: readonly string[] = ['portal_image.bytes', 'attempt.traceparent'];
