/** Rows of one table that a deletion takes away. */
export interface Doomed {
  readonly table: string;
  /**
   * SQL: which rows of `t` are an organization's, $1. An index must find them: rows that are found by others' ids are asked for by
   * an array of these, because neither an OR nor a join with a LIMIT surely uses one.
   */
  readonly organization: string;
  /** SQL: which are a project's, $2, of the organization $1. Null where none are: they belong to the organization. */
  readonly project: string | null;
  /** A column in whose order an index finds them, so that each batch begins where the last one ended. Null where they are few. */
  readonly order: { readonly column: string; readonly type: 'uuid' | 'timestamptz' } | null;
  /** Whether others' rows are found by this one's: it goes when nothing else is left. */
  readonly root?: true;
}

const id = { column: 'id', type: 'uuid' } as const;
const at = { column: 'at', type: 'timestamptz' } as const;

const anyOf = (ids: string) => `= ANY (ARRAY(${ids}))`;
const projects = anyOf('SELECT id FROM project WHERE organization_id = $1::uuid');
const webhooks = anyOf('SELECT id FROM webhook WHERE organization_id = $1::uuid');
const projectsWebhooks = anyOf('SELECT id FROM webhook WHERE project_id = $2::uuid');

const ofBoth = { organization: 't.organization_id = $1::uuid', project: 't.project_id = $2::uuid' };
/** As `ofBoth`, where the index of the organization serves as well as one of the project. */
const ofEither = { ...ofBoth, project: 't.organization_id = $1::uuid AND t.project_id = $2::uuid' };
const ofProjects = { organization: `t.project_id ${projects}`, project: 't.project_id = $2::uuid' };
const ofWebhooks = { organization: `t.webhook_id ${webhooks}`, project: `t.webhook_id ${projectsWebhooks}` };
const ofOrganization = { organization: 't.organization_id = $1::uuid', project: null };

/**
 * What a deletion takes away, in order: nothing goes before what is found by it. `delivery` takes its attempts along, `event` its
 * labels, and a project's `event` what the organization's own webhooks got of it.
 */
export const plan: readonly Doomed[] = [
  { table: 'delivery', ...ofBoth, order: id },
  { table: 'event', ...ofBoth, order: id },
  { table: 'inbound_event', ...ofProjects, order: null },
  { table: 'issue', ...ofProjects, order: null },
  { table: 'inbound_webhook', ...ofProjects, order: null },
  { table: 'issue_integration', ...ofProjects, order: null },
  {
    table: 'idempotency_key',
    organization: `t.scope_id ${anyOf('SELECT $1::uuid UNION ALL SELECT id FROM project WHERE organization_id = $1::uuid')}`,
    project: 't.scope_id = $2::uuid',
    order: null,
  },
  // A project's hold ids alone, and end within 24 hours.
  { table: 'action_key', ...ofOrganization, order: null },
  { table: 'delivery_minute', ...ofBoth, order: at },
  { table: 'delivery_hour', ...ofBoth, order: at },
  { table: 'health_change', ...ofWebhooks, order: null },
  {
    table: 'recovery',
    organization: 't.organization_id = $1::uuid',
    project: `t.organization_id = $1::uuid AND (t.project_id = $2::uuid OR t.webhook_id ${projectsWebhooks})`,
    order: null,
  },
  { table: 'erasure', ...ofEither, order: null },
  { table: 'request_template', ...ofWebhooks, order: null },
  { table: 'webhook_secret', ...ofWebhooks, order: null },
  { table: 'webhook_state', ...ofWebhooks, order: null },
  { table: 'webhook', ...ofBoth, order: null },
  {
    table: 'event_type_version',
    organization: `t.event_type_id ${anyOf('SELECT id FROM event_type WHERE organization_id = $1::uuid')}`,
    project: `t.event_type_id ${anyOf('SELECT id FROM event_type WHERE organization_id = $1::uuid AND project_id = $2::uuid')}`,
    order: null,
  },
  { table: 'event_type', ...ofEither, order: null },
  { table: 'api_key', ...ofEither, order: null },
  { table: 'portal_link', ...ofEither, order: null },
  { table: 'portal_image', ...ofEither, order: null },
  { table: 'portal_theme', ...ofEither, order: null },
  { table: 'project_member', ...ofProjects, order: null },
  { table: 'member_removal', ...ofOrganization, order: null },
  { table: 'member', ...ofOrganization, order: null },
  { table: 'role_permissions', ...ofOrganization, order: null },
  {
    table: 'project',
    organization: 't.organization_id = $1::uuid',
    project: 't.id = $2::uuid',
    order: null,
    root: true,
  },
  { table: 'organization', organization: 't.id = $1::uuid', project: null, order: null, root: true },
];

/** Tables that stay: the audit log, and the receipt. */
export const staying: readonly string[] = ['audit_event', 'deletion'];

/** Tables that go with others' rows: attempts with their deliveries, labels with what has them, sessions with their API keys. */
export const goingAlong: readonly string[] = ['attempt', 'delivery_label', 'event_label', 'session'];

/** Tables that hold nothing of any tenant. */
export const nobodys: readonly string[] = ['process', 'key_holder', 'log_horizon', 'log_level', '_prisma_migrations'];
