import { typeNotTaken } from '../deliveries/routing.ts';
import { firstId, idAfter, idBefore } from '../ground/idTime.ts';
import { type DeliveryFilter, deliveryConditions } from '../listing/deliveryFilter.ts';
import { eventConditions } from '../listing/eventFilter.ts';
import { Parameters } from '../listing/parameters.ts';
import { platformPrefix } from '../profiles/catalogues/platform.ts';
import type { RecoveryKind } from '../store/prisma/enums.ts';

/** Conditions of the delivery log that a recovery may have, besides its scope and period. */
export type LogFilter = Pick<DeliveryFilter, 'eventTypes' | 'statuses' | 'responseCode' | 'eventId' | 'labels'>;

/** What a recovery covers. */
export interface Selection {
  readonly organizationId: string;
  readonly projectId: string | null;
  /** Null: all webhooks of the scope that get events now. */
  readonly webhookId: string | null;
  /** Null: from the beginning of the log. */
  readonly since: Date | null;
  readonly until: Date;
  readonly include: readonly RecoveryKind[];
  readonly filter: LogFilter;
}

/** The rows read, what of them is sent, and how many may be read: without what is asked of them. */
interface Rows {
  readonly text: string;
  readonly values: unknown[];
}

const ofWindow = `
    SELECT (SELECT count(*) FROM read) >= (SELECT n FROM size) AS more,
           (SELECT id FROM read ORDER BY id DESC LIMIT 1) AS last,`;
const answers = {
  items: `${ofWindow}
           coalesce(array_agg(id ORDER BY id, webhook_id), '{}') AS ids,
           coalesce(array_agg(webhook_id ORDER BY id, webhook_id), '{}') AS webhooks
      FROM sent`,
  count: `${ofWindow}
           count(*)::int AS count,
           (SELECT id FROM sent ORDER BY id LIMIT 1) AS first
      FROM sent`,
} as const;

/** A part of one kind's rows, in the order of ids. */
export interface Window {
  readonly kind: RecoveryKind;
  readonly statement: { readonly text: string; readonly values: unknown[] };
}

/** What each window's statement answers in its one row. */
interface WindowRow {
  /** Whether there may be more. */
  readonly more: boolean;
  /** The id of the last row read. */
  readonly last: string | null;
}

/** The answer about what the recovery sends: the delivery or event, and the webhook of each. */
export interface ItemsRow extends WindowRow {
  readonly ids: string[];
  readonly webhooks: string[];
}

/** The same as a number: thousands of ids would hold the thread for tens of milliseconds. */
export interface CountRow extends WindowRow {
  readonly count: number;
  /** The first delivery or event. */
  readonly first: string | null;
}

/** How much one statement reads at most. */
export interface WindowSize {
  readonly rows: number;
  /** Pairs of a missed event and a webhook: each is looked up. */
  readonly pairs: number;
}

const takesType = (type: string) =>
  `(CASE WHEN w.event_types = '{}' THEN ${type} NOT LIKE '${platformPrefix}%' WHEN w.listener_expires_at IS NULL THEN ${type} = ANY (w.event_types)
         ELSE EXISTS (SELECT FROM unnest(w.event_types) AS p(pattern)
                       WHERE ${type} LIKE replace(replace(pattern, '_', '\\_'), '*', '%')
                         AND (${type} NOT LIKE '${platformPrefix}%' OR pattern LIKE '${platformPrefix}%')) END)`;

/** Deliveries of 0.1.0 have only the text of their cause. */
const causesOfThen = [
  'The webhook was deleted.',
  'The webhook is inactive.',
  'The webhook is disabled because its deliveries kept failing.',
];
const byWebhookState = causesOfThen.map((text) => `'${text}'`).join(', ');
const cancelledByState = `
  CASE coalesce(d.cancelled_by::text, CASE WHEN d.status_reason = '${typeNotTaken}' THEN 'TYPE_NOT_TAKEN'
                WHEN coalesce(d.status_reason IN (${byWebhookState}), true) THEN 'WEBHOOK_INACTIVE' ELSE 'PERSON' END)
       WHEN 'PERSON' THEN false WHEN 'TYPE_NOT_TAKEN' THEN ${takesType('d.event_type')} ELSE true END`;

/**
 * A selection as statements that each read a part of the log, in the order of ids, by an index and within a bound.
 *
 * @param answer - whether each answers an {@link ItemsRow} or a {@link CountRow}
 */
export function windowsOf(
  selection: Selection,
  after: string,
  size: WindowSize,
  answer: keyof typeof answers,
): Window[] {
  return selection.include.flatMap((kind) => {
    const window = kind === 'MISSED' ? missed(selection, after, size) : ended(selection, kind, after, size.rows);
    if (!window) return [];
    const { text, values } = window;
    return { kind, statement: { text: `${text}${answers[answer]}`, values } };
  });
}

/** Takes a value of a statement, and returns its placeholder. */
type Bind = (value: unknown) => string;

function binding(): { parameters: Parameters; values: unknown[]; bind: Bind } {
  const parameters = new Parameters();
  const { values } = parameters;
  return { parameters, values, bind: (value) => `$${values.push(value)}` };
}

/** The webhooks of a selection. Of many, those that are stopped are left out; for one, the recovery ends. */
function standing({ webhookId }: Selection): string {
  return webhookId === null
    ? `w.deleted_at IS NULL AND w.listener_expires_at IS NULL AND w.active AND coalesce(s.health, 'HEALTHY') <> 'DISABLED'`
    : 'w.deleted_at IS NULL';
}

function bounds({ since, until }: Selection, table: string, after: string, bind: Bind) {
  const from = since === null ? firstId : idBefore(since);
  return {
    ids: `${table}.id > ${bind(after > from ? after : from)} AND ${table}.id < ${bind(idAfter(until))}`,
    times: [
      ...(since === null ? [] : [`${table}.created_at >= ${bind(since)}`]),
      `${table}.created_at < ${bind(until)}`,
    ],
  };
}

/**
 * Deliveries that ended without success. Of an event and a webhook only the newest counts, so that each is sent once however
 * often a recovery is repeated, and not at all where a replay was delivered or waits; if a replay fails too, the next recovery
 * sends that one again.
 */
function ended(selection: Selection, kind: 'FAILED' | 'CANCELLED', after: string, size: number): Rows | null {
  const { organizationId, projectId, webhookId, filter } = selection;
  const { statuses, ...others } = filter;
  if (statuses && !statuses.includes(kind)) return null;
  const { parameters, values, bind } = binding();
  const scope =
    webhookId !== null
      ? `d.webhook_id = ${bind(webhookId)}`
      : projectId !== null
        ? `d.project_id = ${bind(projectId)}`
        : `d.organization_id = ${bind(organizationId)}`;
  const { ids, times } = bounds(selection, 'd', after, bind);
  const conditions = [
    ...times,
    ...deliveryConditions(null, others).map(({ sql }) => sql(parameters)),
    ...(kind === 'CANCELLED' ? [cancelledByState] : []),
    `d.direction = 'OUTBOUND' AND NOT d.is_test AND d.erased_at IS NULL`,
    standing(selection),
    'NOT EXISTS (SELECT FROM delivery again WHERE again.replay_of_id = d.id)',
    `NOT EXISTS (SELECT FROM delivery newer
                  WHERE newer.event_id = d.event_id AND newer.webhook_id = d.webhook_id AND newer.id > d.id)`,
  ];
  // The status is part of the text: the lists' indexes hold only some statuses.
  const text = `
    WITH size AS (SELECT ${bind(size)}::int AS n),
    read AS MATERIALIZED (
      SELECT d.* FROM delivery d WHERE ${scope} AND d.status = '${kind}' AND ${ids} ORDER BY d.id LIMIT (SELECT n FROM size)
    ),
    sent AS (
      SELECT d.id, d.webhook_id
        FROM read d JOIN webhook w ON w.id = d.webhook_id LEFT JOIN webhook_state s ON s.webhook_id = w.id
       WHERE ${conditions.join('\n         AND ')}
    )`;
  return { text, values };
}

/**
 * Events that a webhook would have got had it been there, active and well: those of its scope and types without any delivery for
 * it. Events whose deliveries may have been deleted with the old part of the log are left out.
 */
function missed(selection: Selection, after: string, size: WindowSize): Rows | null {
  const { organizationId, projectId, webhookId, filter } = selection;
  const { statuses, responseCode, eventId, eventTypes, labels } = filter;
  // Only deliveries have these.
  if (statuses !== undefined || responseCode !== undefined) return null;
  const { parameters, values, bind } = binding();
  const named = { ids: eventId === undefined ? undefined : [eventId], eventTypes, labels };
  const of = eventConditions(null, named).map(({ sql }) => sql(parameters));
  const scope =
    webhookId !== null
      ? `w.id = ${bind(webhookId)}`
      : projectId !== null
        ? `w.project_id = ${bind(projectId)}`
        : `w.organization_id = ${bind(organizationId)}`;
  const { ids, times } = bounds(selection, 'e', after, bind);
  // Each event is looked up for each webhook: the more of them, the fewer events at a time.
  const text = `
    WITH receivers AS MATERIALIZED (
      SELECT w.id, w.project_id, w.event_types, w.listener_expires_at
        FROM webhook w LEFT JOIN webhook_state s ON s.webhook_id = w.id
       WHERE ${scope} AND ${standing(selection)}
    ),
    size AS (
      SELECT least(${bind(size.rows)}::int, greatest(1, ${bind(size.pairs)}::int / greatest(1, count(*)))) AS n FROM receivers
    ),
    read AS MATERIALIZED (
      SELECT e.id, e.project_id, e.type, e.created_at, e.is_test, e.erased_at, e.labels FROM event e
       WHERE e.organization_id = ${bind(organizationId)} AND ${ids}
         AND e.id >= coalesce((SELECT before FROM log_horizon), '${firstId}')
       ORDER BY e.id
       LIMIT (SELECT n FROM size)
    ),
    sent AS (
      SELECT e.id, w.id AS webhook_id
        FROM read e JOIN receivers w ON (w.project_id IS NULL OR w.project_id = e.project_id) AND ${takesType('e.type')}
       WHERE ${['NOT e.is_test AND e.erased_at IS NULL', ...times, ...of].join('\n         AND ')}
         AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.webhook_id = w.id)
    )`;
  return { text, values };
}
