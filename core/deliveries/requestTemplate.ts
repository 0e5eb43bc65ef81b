import type { Pool } from 'pg';

/** What all requests of a webhook have in common. Parts that are never shown are not kept. */
export interface RequestTemplate {
  /** Revision of the profile's code, which builds the rest. */
  readonly revision: number;
  /** The URL as sent; redacted if it is a credential. */
  readonly url: string;
  /** Names of the webhook's own headers, in order. */
  readonly headerNames: readonly string[];
  readonly userAgent: string;
}

/** A stored template. Each webhook numbers its own from 1. */
export interface NumberedTemplate extends RequestTemplate {
  readonly number: number;
}

/** A webhook's current template, and its stored ones. */
export interface TemplateOf {
  readonly webhookId: string;
  readonly template: RequestTemplate;
  readonly known: readonly NumberedTemplate[] | null;
}

/** Newest templates that are compared: a webhook that is changed back finds its old template among them. */
const maxCompared = 4;
const maxTries = 5;

/** SQL: the newest templates of the webhook `w` as JSON, newest first. */
export const knownTemplates = `
  (SELECT json_agg(json_build_object('number', t.number, 'revision', t.revision, 'url', t.url,
                                     'headerNames', t.header_names, 'userAgent', t.user_agent))
     FROM (SELECT * FROM request_template WHERE webhook_id = w.id ORDER BY number DESC LIMIT ${maxCompared}) AS t)`;

/** SQL: deletes templates that no attempt since $1 can refer to, because enough newer ones were made before. */
export const pruneTemplates = `
  DELETE FROM request_template t USING request_template newer
   WHERE newer.webhook_id = t.webhook_id AND newer.number = t.number + ${maxCompared}
     AND newer.created_at < $1::timestamptz - interval '1 day'`;

const same = (one: RequestTemplate, other: RequestTemplate): boolean =>
  one.revision === other.revision &&
  one.url === other.url &&
  one.userAgent === other.userAgent &&
  one.headerNames.length === other.headerNames.length &&
  one.headerNames.every((name, index) => name === other.headerNames[index]);

/**
 * Numbers templates, and stores new ones. This happens when a webhook is read, outside the hot path: an attempt then stores only
 * the number.
 *
 * @returns one number for each; null if it could not be numbered
 */
export async function numberTemplates(
  store: Pick<Pool, 'query'>,
  wanted: readonly TemplateOf[],
): Promise<(number | null)[]> {
  const numbers = new Map<string, number>();
  const find = (webhookId: string, template: RequestTemplate, known: readonly NumberedTemplate[] | null) => {
    const found = known?.find((each) => same(each, template));
    if (found) numbers.set(webhookId, found.number);
  };
  for (const { webhookId, template, known } of wanted) find(webhookId, template, known);
  for (let tries = 0; numbers.size < wanted.length && tries < maxTries; tries++) {
    const missing = wanted.filter(({ webhookId }) => !numbers.has(webhookId));
    const byId = new Map(missing.map(({ webhookId, template }) => [webhookId, template]));
    const { rows } = await store.query<{ webhook_id: string; number: number }>({
      name: 'number_templates',
      text: insertStatement,
      values: [JSON.stringify(missing.map(({ webhookId, template }) => ({ webhookId, ...template })))],
    });
    for (const row of rows) numbers.set(row.webhook_id, row.number);
    if (numbers.size === wanted.length) break;
    // Another process stored one at the same time: it may be the same.
    const stored = await store.query<{ id: string; templates: NumberedTemplate[] | null }>({
      name: 'known_templates',
      text: `SELECT w.id, ${knownTemplates} AS templates FROM webhook w WHERE w.id = ANY ($1::uuid[])`,
      values: [missing.map(({ webhookId }) => webhookId)],
    });
    for (const row of stored.rows) {
      if (!numbers.has(row.id)) find(row.id, byId.get(row.id) as RequestTemplate, row.templates);
    }
  }
  return wanted.map(({ webhookId }) => numbers.get(webhookId) ?? null);
}

const insertStatement = `
  INSERT INTO request_template (webhook_id, number, revision, url, header_names, user_agent)
  SELECT w.id, coalesce((SELECT max(number) FROM request_template t WHERE t.webhook_id = w.id), 0) + 1,
         n.revision, n.url, ARRAY(SELECT json_array_elements_text(n."headerNames")), n."userAgent"
    FROM json_to_recordset($1::json)
         AS n("webhookId" uuid, revision int, url text, "headerNames" json, "userAgent" text)
    JOIN webhook w ON w.id = n."webhookId"
   ORDER BY w.id
  ON CONFLICT DO NOTHING
  RETURNING webhook_id, number`;
