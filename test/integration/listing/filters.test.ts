import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Label } from '../../../core/labels/label.ts';
import { labelDeliveries } from '../../../core/labels/labelRows.ts';
import { deliveriesOf } from '../../../core/listing/deliveries.ts';
import type { DeliveryFilter } from '../../../core/listing/deliveryFilter.ts';
import type { EventFilter } from '../../../core/listing/eventFilter.ts';
import { eventsOf } from '../../../core/listing/events.ts';
import { includes, type Scopes } from '../../../core/listing/scopes.ts';
import { type Filtered, type Read, type WalkLimits, walk } from '../../../core/listing/walk.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

/*
 * Random rows of two organizations, and every filter beside a plain one in memory. Limits of a few rows and no time make each
 * page end early, so that going on from where it ended is tried as well.
 */
interface Place {
  readonly organizationId: string;
  readonly projectId: string | null;
}
interface EventRow extends Place {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly labels: readonly Label[];
  readonly isTest: boolean;
  readonly unmatched: boolean;
  readonly key: string | null;
}
interface DeliveryRow extends Place {
  readonly id: string;
  readonly event: EventRow | null;
  readonly webhookId: string | null;
  readonly type: string;
  readonly status: string;
  readonly code: number | null;
  readonly isTest: boolean;
}

const types = ['a.b', 'a.c', 'order.paid'];
const statuses = ['PENDING', 'SENDING', 'RETRYING', 'DELIVERED', 'FAILED', 'CANCELLED'];
const codes = [200, 204, 500];
const labels: readonly Label[] = [
  { key: 'customer', value: 'c_1' },
  { key: 'customer', value: 'c_2' },
  { key: 'plan', value: 'pro' },
];
const [one, two] = [randomUUID(), randomUUID()];
const projects = [
  { organizationId: one, projectId: randomUUID() },
  { organizationId: one, projectId: randomUUID() },
  { organizationId: two, projectId: randomUUID() },
] as const;
const places: readonly Place[] = [
  { organizationId: one, projectId: null },
  { organizationId: two, projectId: null },
  ...projects,
];
const webhooks = places.map((place) => ({ ...place, id: randomUUID() }));
const start = Date.parse('2026-05-01T00:00:00Z');
const step = 1_000;
const count = 300;

const eventRows: EventRow[] = [];
const deliveryRows: DeliveryRow[] = [];
let database: TestDatabase;
let pool: pg.Pool;
const read: Read = async (text, values) => (await pool.query(text, [...values])).rows;

/** The same rows in every run. */
let seed = 42;
function among<T>(list: readonly T[]): T {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return list[Math.floor((seed / 2 ** 31) * list.length)] as T;
}
const idAt = (nth: number) => v7({ msecs: start + nth * step });

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  for (let nth = 0; nth < count; nth++) {
    const event: EventRow = {
      ...among(places),
      id: idAt(2 * nth),
      type: among(types),
      data: among<unknown>([{}, { a: { b: 1, c: [1, 2] } }, { a: { b: 2 } }, [1], 'text', { n: 1.0 }]),
      labels: among([[], [labels[0]], [labels[1], labels[2]], [labels[0], labels[2]]]) as Label[],
      isTest: among([false, false, false, true]),
      unmatched: among([false, true]),
      key: among([null, `key ${nth % 7}`]),
    };
    eventRows.push(event);
    const webhook = among(webhooks.filter(({ organizationId }) => organizationId === event.organizationId));
    const inbound = among([false, false, true]);
    deliveryRows.push({
      organizationId: webhook.organizationId,
      projectId: webhook.projectId,
      id: idAt(2 * nth + 1),
      event: inbound ? null : event,
      webhookId: inbound ? null : webhook.id,
      type: event.type,
      status: among(statuses),
      code: among([null, ...codes]),
      isTest: event.isTest,
    });
  }
  await store();
}, 60_000);
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

async function store(): Promise<void> {
  for (const [n, id] of [one, two].entries()) {
    await pool.query('INSERT INTO organization (id, name) VALUES ($1, $2)', [id, `o${n}`]);
  }
  for (const { organizationId, projectId } of projects) {
    await pool.query(`INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'p', 'STANDARD')`, [
      projectId,
      organizationId,
    ]);
  }
  for (const { id, organizationId, projectId } of webhooks) {
    await pool.query(
      `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types, retry_schedule_ms)
       VALUES ($1, $2, $3, 'w', 'STANDARD', 'https://example.com/', '{}', '{}')`,
      [id, organizationId, projectId],
    );
  }
  for (const [
    nth,
    { id, organizationId, projectId, type, data, labels: own, isTest, unmatched, key },
  ] of eventRows.entries()) {
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, created_at, is_test, unmatched, labels)
       VALUES ($1, $2, $3, $4, $5::json, now(), $6, $7, $8, $9)`,
      [
        id,
        organizationId,
        projectId,
        type,
        JSON.stringify(data),
        new Date(start + 2 * nth * step),
        isTest,
        unmatched,
        own.length === 0 ? null : Object.fromEntries(own.map((label) => [label.key, label.value])),
      ],
    );
    for (const { key: name, value } of own) {
      await pool.query('INSERT INTO event_label VALUES ($1, $2, $3, $4, $5)', [organizationId, name, value, type, id]);
    }
    if (key !== null) {
      await pool.query(
        `INSERT INTO idempotency_key (scope_id, key, event_id, digest, expires_at)
         VALUES ($1, $2, $3, '', now() + interval '1 day')
         ON CONFLICT (scope_id, key) DO UPDATE SET event_id = excluded.event_id`,
        [projectId ?? organizationId, key, id],
      );
    }
  }
  for (const [nth, row] of deliveryRows.entries()) {
    await pool.query(
      `WITH added AS (
         INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, direction, status,
                               next_attempt_at, leased_by, response_code, is_test, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id, event_id)
       ${labelDeliveries}`,
      [
        row.id,
        row.organizationId,
        row.projectId,
        row.webhookId,
        row.event?.id ?? null,
        row.type,
        row.webhookId === null ? 'INBOUND' : 'OUTBOUND',
        row.status,
        ['PENDING', 'RETRYING'].includes(row.status) ? new Date() : null,
        row.status === 'SENDING' ? randomUUID() : null,
        row.code,
        row.isTest,
        new Date(start + (2 * nth + 1) * step),
      ],
    );
  }
}

const scopesList: readonly (Scopes | null)[] = [
  null,
  { organizationIds: [one], projects: [] },
  { organizationIds: [one, two], projects: [] },
  { organizationIds: [], projects: [projects[0]] },
  { organizationIds: [two], projects: [projects[0], projects[1]] },
  { organizationIds: [], projects: [] },
];

const some = <T>(list: readonly T[]) => fc.option(fc.subarray([...list]), { nil: undefined });
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 });
const times = fc.nat(2 * count).map((nth) => new Date(start + nth * step));
/** At most one value of a key, as the events have it. */
const someLabels = fc.option(
  fc.constantFrom([labels[0]], [labels[2]], [labels[1], labels[2]], [labels[0], labels[1]]),
  {
    nil: undefined,
  },
) as fc.Arbitrary<Label[] | undefined>;

const deliveryFilters: fc.Arbitrary<DeliveryFilter> = fc.record({
  webhook: maybe(fc.constantFrom(...webhooks)),
  eventId: fc.option(
    fc.nat(count - 1).map((nth) => eventRows[nth]?.id ?? randomUUID()),
    { nil: undefined, freq: 1 },
  ),
  eventTypes: some([...types, 'never.seen']),
  statuses: some(statuses),
  responseCode: maybe(fc.constantFrom(...codes, 418)),
  direction: maybe(fc.constantFrom('INBOUND', 'OUTBOUND')),
  isTest: maybe(fc.boolean()),
  labels: someLabels,
  from: maybe(times),
  to: maybe(times),
}) as fc.Arbitrary<DeliveryFilter>;

const eventFilters: fc.Arbitrary<EventFilter> = fc.record({
  ids: fc.option(
    fc.array(fc.nat(count - 1), { maxLength: 5 }).map((list) => list.flatMap((nth) => eventRows[nth]?.id ?? [])),
    {
      nil: undefined,
      freq: 1,
    },
  ),
  eventTypes: some([...types, 'never.seen']),
  labels: someLabels,
  idempotencyKey: maybe(fc.constantFrom('key 1', 'key 2', 'no key')),
  unmatched: maybe(fc.boolean()),
  isTest: maybe(fc.boolean()),
  from: maybe(times),
  to: maybe(times),
  dataContains: maybe(fc.constantFrom('{}', '{"a":{"b":1}}', '{"a":{"c":[2]}}', '{"n":1}', '{"z":null}')),
}) as fc.Arbitrary<EventFilter>;

const inside = (scopes: Scopes | null, place: Place) => scopes === null || includes(scopes, place);
const timeOf = (row: { id: string }, rows: readonly { id: string }[], offset: number) =>
  start + (2 * rows.indexOf(row) + offset) * step;
const hasLabels = (own: readonly Label[], wanted: readonly Label[] = []) =>
  wanted.every(({ key, value }) => own.some((label) => label.key === key && label.value === value));

function deliveryFits(row: DeliveryRow, scopes: Scopes | null, f: DeliveryFilter): boolean {
  const at = timeOf(row, deliveryRows, 1);
  return (
    inside(scopes, row) &&
    (f.webhook === undefined || row.webhookId === f.webhook.id) &&
    (f.eventId === undefined || row.event?.id === f.eventId) &&
    (f.eventTypes?.includes(row.type) ?? true) &&
    (f.statuses?.includes(row.status) ?? true) &&
    (f.responseCode === undefined || row.code === f.responseCode) &&
    (f.direction === undefined || (row.webhookId === null) === (f.direction === 'INBOUND')) &&
    (f.isTest ?? row.isTest) === row.isTest &&
    hasLabels(
      row.event !== null && row.event.organizationId === row.organizationId ? row.event.labels : [],
      f.labels,
    ) &&
    (f.from === undefined || at >= f.from.getTime()) &&
    (f.to === undefined || at < f.to.getTime())
  );
}

/** The containment of `jsonb`, for the data here. */
function contains(data: unknown, part: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(data) && part.every((each) => data.some((own) => contains(own, each)));
  if (typeof part !== 'object' || part === null) return data === part;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  return Object.entries(part).every(
    ([key, value]) => key in data && contains((data as Record<string, unknown>)[key], value),
  );
}

function eventFits(row: EventRow, scopes: Scopes | null, f: EventFilter): boolean {
  const at = timeOf(row, eventRows, 0);
  const scopeOf = ({ projectId, organizationId }: Place) => projectId ?? organizationId;
  // The last event with the key in its scope has it.
  const keyed = eventRows.findLast((each) => each.key === f.idempotencyKey && scopeOf(each) === scopeOf(row));
  return (
    inside(scopes, row) &&
    (f.ids?.includes(row.id) ?? true) &&
    (f.eventTypes?.includes(row.type) ?? true) &&
    hasLabels(row.labels, f.labels) &&
    (f.idempotencyKey === undefined || (scopes !== null && keyed === row)) &&
    (f.unmatched ?? row.unmatched) === row.unmatched &&
    (f.isTest ?? row.isTest) === row.isTest &&
    (f.from === undefined || at >= f.from.getTime()) &&
    (f.to === undefined || at < f.to.getTime()) &&
    (f.dataContains === undefined || contains(row.data, JSON.parse(f.dataContains)))
  );
}

const limits: fc.Arbitrary<WalkLimits> = fc.constantFrom(
  { maxMs: 10_000, firstRows: 500, maxRows: 20_000 },
  { maxMs: 0, firstRows: 3, maxRows: 20 },
);

/** Every page of a list, each with so many rows. */
async function allPages(filtered: Filtered, newestFirst: boolean, size: number, within: WalkLimits): Promise<string[]> {
  const ids: string[] = [];
  let bounds = { above: null as string | null, below: null as string | null, newestFirst };
  for (;;) {
    const page = await walk(read, filtered, bounds, size, within);
    ids.push(...page.ids);
    const last = page.ids.length === size ? page.ids.at(-1) : page.endedAt;
    if (last == null) return ids;
    bounds = newestFirst ? { ...bounds, below: last } : { ...bounds, above: last };
  }
}

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

/** How many rows of events a statement found. */
const rowsOf = (plan: Plan): number =>
  (plan['Relation Name'] === 'event' ? plan['Actual Rows'] * plan['Actual Loops'] : 0) +
  (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each), 0);

const pages = fc.record({
  scopes: fc.constantFrom(...scopesList),
  newestFirst: fc.boolean(),
  size: fc.constantFrom(1, 2, 7, 1_000),
  limits,
});

describe('a list by filters, page by page', () => {
  it('has exactly the deliveries that fit, in order', async () => {
    await fc.assert(
      fc.asyncProperty(deliveryFilters, pages, async (filter, { scopes, newestFirst, size, limits: within }) => {
        const found = await allPages(await deliveriesOf(read, scopes, filter), newestFirst, size, within);
        const wanted = deliveryRows.filter((row) => deliveryFits(row, scopes, filter)).map(({ id }) => id);
        expect(found).toEqual(newestFirst ? wanted.reverse() : wanted);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('has exactly the events that fit, in order', async () => {
    await fc.assert(
      fc.asyncProperty(eventFilters, pages, async (filter, { scopes, newestFirst, size, limits: within }) => {
        const found = await allPages(await eventsOf(read, scopes, filter), newestFirst, size, within);
        const wanted = eventRows.filter((row) => eventFits(row, scopes, filter)).map(({ id }) => id);
        expect(found).toEqual(newestFirst ? wanted.reverse() : wanted);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  // The last: its events are among those that a list of everything has.
  it('reads of a project’s many types the first events of each, and then only what can be on the page', async () => {
    const [organizationId, projectId, many, each] = [randomUUID(), randomUUID(), 1_500, 7];
    await pool.query(`INSERT INTO organization (id, name) VALUES ($1, 'many')`, [organizationId]);
    await pool.query(`INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'p', 'STANDARD')`, [
      projectId,
      organizationId,
    ]);
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
       SELECT (lpad(to_hex(1700000000000 + n * 1000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
              $1, $2, 'many.' || CASE WHEN n % 4 = 0 THEN 0 ELSE n % $3 END, '{}', now() FROM generate_series(1, $3::int * $4) AS n`,
      [organizationId, projectId, many, each],
    );
    await pool.query('ANALYZE event');
    const scopes = { organizationIds: [], projects: [{ organizationId, projectId }] };
    const statements: [text: string, values: readonly unknown[]][] = [];
    const noting: Read = (text, values) => {
      statements.push([text, values]);
      return read(text, values);
    };
    const filtered = await eventsOf(read, scopes, {});
    for (const [newestFirst, size] of [
      [true, 21],
      [false, 21],
      [true, 1_001],
    ] as const) {
      statements.length = 0;
      const bounds = { above: null, below: null, newestFirst };
      const { ids } = await walk(noting, filtered, bounds, size, { maxMs: 1_000, firstRows: 500, maxRows: 20_000 });
      const { rows: wanted } = await pool.query<{ id: string }>(
        `SELECT id FROM event WHERE project_id = $1 ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT $2`,
        [projectId, size],
      );
      expect(ids).toEqual(wanted.map(({ id }) => id));
      let found = 0;
      for (const [text, values] of statements) {
        const { rows } = await pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values]);
        found += rowsOf(rows[0]['QUERY PLAN'][0].Plan);
      }
      expect(found).toBeLessThan(many + 6 * size);
    }
  });
});
