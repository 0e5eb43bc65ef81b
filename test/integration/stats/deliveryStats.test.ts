import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import type { DeliverableWebhook } from '../../../core/deliveries/routing.ts';
import type { AttemptResult } from '../../../core/deliveries/task.ts';
import { cancelDue } from '../../../core/deliveries/waitingRows.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { createDeliveryStats, type DeliveryBucket } from '../../../core/stats/deliveryStats.ts';
import { foldMinutes } from '../../../core/stats/fold.ts';
import { createOpenDeliveries, type OpenCounts, type OpenRequest } from '../../../core/stats/openDeliveries.ts';
import type { StatsRequest } from '../../../core/stats/statsRequest.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** What becomes of one delivery. */
interface Fate {
  readonly webhook: number;
  /** How long ago it was created, in minutes. */
  readonly age: number;
  readonly project: boolean;
  readonly end:
    | 'DELIVERED'
    | 'FAILED'
    | 'RETRYING'
    | 'OPEN'
    | 'CANCELLED'
    | 'CANCELLED_UNDER_WAY'
    | 'CANCELLED_DELIVERED';
  readonly ms: number;
}

const fates = fc.array(
  fc.record<Fate>({
    webhook: fc.nat(2),
    age: fc.oneof(fc.nat(5), fc.nat(3 * 24 * 60)),
    project: fc.boolean(),
    end: fc.constantFrom(
      'DELIVERED',
      'FAILED',
      'RETRYING',
      'OPEN',
      'CANCELLED',
      'CANCELLED_UNDER_WAY',
      'CANCELLED_DELIVERED',
    ),
    ms: fc.oneof(fc.nat(50), fc.nat(60_000)),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('counts of deliveries by time', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  /** Where fewer are looked at: its prepared statements are other ones. */
  let bounded: pg.Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    bounded = new pg.Pool({ connectionString: database.url, max: 1 });
  });
  afterAll(async () => {
    await Promise.all([pool.end(), bounded.end()]);
    await database.drop();
  });

  const notifier = { changed() {}, close: async () => {} };
  const recorder = () => new Recorder({ pool, notifier, log: pino({ level: 'silent' }), onHealthTransition: () => {} });

  async function store(tenant: Tenant, webhookId: string, made: readonly (Fate & { id: string })[]): Promise<void> {
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, next_attempt_at, created_at)
       SELECT id, $1, CASE WHEN own THEN $2::uuid END, $3, 'crane.moved', 'PENDING', now(), now() - age * interval '1 minute'
         FROM unnest($4::uuid[], $5::boolean[], $6::int[]) AS d(id, own, age)`,
      [
        tenant.organizationId,
        tenant.projectId,
        webhookId,
        made.map(({ id }) => id),
        made.map(({ project }) => project),
        made.map(({ age }) => age),
      ],
    );
  }

  function result(
    tenant: Tenant,
    webhookId: string,
    { id, ms }: Fate & { id: string },
    status: AttemptResult['status'],
  ) {
    const profile = { ...profileOf('STANDARD'), health: { kind: 'BADGE_ONLY', degradedAt: 5 } };
    return {
      task: {
        attempt: 1,
        webhook: { id: webhookId, profile } as DeliverableWebhook,
        envelope: {
          deliveryId: id,
          eventId: id,
          eventType: 'crane.moved',
          occurredAt: new Date(),
          organizationId: tenant.organizationId,
          projectId: null,
          webhookId,
          data: '{}',
          previous: null,
        },
      },
      startedAt: new Date(),
      durationMs: ms,
      outcome: status === 'DELIVERED' ? 'SUCCEEDED' : 'HTTP_ERROR',
      responseCode: status === 'DELIVERED' ? 200 : 500,
      responseHeaders: null,
      responseBody: null,
      responseTruncated: false,
      template: null,
      signatures: null,
      error: null,
      status,
      statusReason: status === 'DELIVERED' ? null : 'The receiver answered 500.',
      nextAttemptAt: status === 'RETRYING' ? new Date(Date.now() + hour) : null,
      retry: null,
    } satisfies AttemptResult;
  }

  /** The same from the log alone. */
  async function ofTheLog(request: StatsRequest): Promise<Map<number, Record<string, number>>> {
    const { rows } = await pool.query(
      `SELECT date_trunc($6, created_at, 'UTC') AS at, lower(status::text) AS status, count(*)::int AS count FROM delivery
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2) AND ($3::uuid IS NULL OR webhook_id = $3)
          AND created_at >= date_trunc($6, $4::timestamptz, 'UTC') AND created_at < $5 GROUP BY 1, 2`,
      [request.organizationId, request.projectId, request.webhookId, request.from, request.to, request.bucket],
    );
    const found = new Map<number, Record<string, number>>();
    for (const { at, status, count } of rows) {
      found.set(at.getTime(), { ...found.get(at.getTime()), [status]: count });
    }
    return found;
  }

  async function openInTheLog({ organizationId, projectId, webhookId }: OpenRequest): Promise<OpenCounts> {
    const { rows } = await pool.query(
      `SELECT (count(*) FILTER (WHERE status = 'PENDING'))::int AS pending, (count(*) FILTER (WHERE status = 'SENDING'))::int AS sending,
              (count(*) FILTER (WHERE status = 'RETRYING'))::int AS retrying,
              (count(*) FILTER (WHERE status = 'HELD'))::int AS held FROM delivery
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2) AND ($3::uuid IS NULL OR webhook_id = $3)`,
      [organizationId, projectId, webhookId],
    );
    return { ...rows[0], isAtLeast: false };
  }

  const statuses = ['pending', 'sending', 'retrying', 'held', 'delivered', 'failed', 'cancelled'] as const;
  const counted = (buckets: readonly DeliveryBucket[]) =>
    new Map(
      buckets
        .map((bucket) => {
          const kept = statuses.filter((status) => bucket[status] !== 0).map((status) => [status, bucket[status]]);
          return [bucket.from.getTime(), Object.fromEntries(kept)] as const;
        })
        .filter(([, counts]) => Object.keys(counts).length > 0),
    );

  it('are what the log says, over any ends of deliveries recorded by several processes at once, cancelled and folded', async () => {
    const stats = createDeliveryStats(pool);
    const open = createOpenDeliveries(pool);
    await fc.assert(
      fc.asyncProperty(fates, async (drawn) => {
        const tenant = await createTenant(pool);
        const webhooks = await Promise.all([0, 1, 2].map(() => createWebhook(pool, tenant, 'https://example.com/')));
        const recorders = [recorder(), recorder(), recorder()];
        await Promise.all(
          webhooks.map(async ({ id: webhookId }, index) => {
            const made = drawn
              .filter(({ webhook }) => webhook === index)
              .map((fate) => ({ ...fate, id: v7({ msecs: Date.now() - fate.age * minute }) }));
            const cancelled = made.filter(({ end }) => end.startsWith('CANCELLED'));
            await store(tenant, webhookId, cancelled);
            await cancelDue(
              pool,
              webhookId,
              new Date(),
              { by: 'WEBHOOK_INACTIVE', reason: 'The webhook is inactive.' },
              { all: true, tests: true },
            );
            const others = made.filter((each) => !cancelled.includes(each));
            await store(tenant, webhookId, others);
            await Promise.all(
              made.map((each, at) => {
                const recording = recorders[at % 3] as Recorder;
                const late = { CANCELLED_UNDER_WAY: 'FAILED', CANCELLED_DELIVERED: 'DELIVERED' } as const;
                if (each.end === 'OPEN' || each.end === 'CANCELLED') return null;
                const status = each.end in late ? late[each.end as keyof typeof late] : each.end;
                return recording.record(result(tenant, webhookId, each, status as AttemptResult['status']));
              }),
            );
          }),
        );
        const range = { from: new Date(Date.now() - 4 * day), to: new Date(Date.now() + minute) };
        const scopes = [
          { projectId: null, webhookId: null },
          { projectId: tenant.projectId, webhookId: null },
          { projectId: null, webhookId: webhooks[0]?.id ?? null },
        ];
        const check = async () => {
          for (const scope of scopes) {
            const { organizationId } = tenant;
            expect(await open({ organizationId, ...scope })).toEqual(await openInTheLog({ organizationId, ...scope }));
            for (const bucket of ['HOUR', 'DAY'] as const) {
              const request = { organizationId: tenant.organizationId, ...scope, ...range, bucket };
              expect(counted(await stats(request))).toEqual(await ofTheLog(request));
            }
            const late = { ...range, from: new Date(Date.now() - 23 * hour), bucket: 'MINUTE' as const };
            const request = { organizationId: tenant.organizationId, ...scope, ...late };
            expect(counted(await stats(request))).toEqual(await ofTheLog(request));
          }
        };
        await check();
        await foldMinutes(pool);
        await check();
      }),
      { numRuns: 25 },
    );
    const { rows } = await pool.query('SELECT count(*)::int FROM delivery_hour');
    expect(rows[0].count).toBeGreaterThan(0);
  }, 60_000);

  /** What waits at an organization: as many retries of one webhook for each of some times, and one of another webhook. */
  async function backlog(each: number, ages: readonly number[]) {
    const tenant = await createTenant(pool);
    const [busy, other] = [
      await createWebhook(pool, tenant, 'https://example.com/'),
      await createWebhook(pool, tenant, 'https://example.com/'),
    ];
    const fate = { webhook: 0, project: true, end: 'RETRYING', ms: 0 } as const;
    const made = (count: number, age: number) =>
      Array.from({ length: count }, () => ({ ...fate, age, id: v7({ msecs: Date.now() - age * minute }) }));
    for (const age of ages) await store(tenant, busy.id, made(each, age));
    await store(tenant, other.id, made(1, 0));
    return { tenant, busy: busy.id, other: other.id };
  }

  it('say that there are at least so many, where more is open than is looked at, and are exact for another webhook', async () => {
    const { tenant, busy, other } = await backlog(25, [0]);
    const { organizationId, projectId } = tenant;
    const now = Date.now();
    const ask = async (scope: { projectId: string | null; webhookId: string | null }) => {
      const period = { from: new Date(now - hour), to: new Date(now + minute), bucket: 'DAY' as const };
      const request = { organizationId, ...scope };
      const buckets = await createDeliveryStats(bounded, { open: 10, labelled: 10 })({ ...request, ...period });
      const { pending, isAtLeast } = await createOpenDeliveries(bounded, 10)(request);
      expect(buckets.map((bucket) => bucket.isAtLeast)).toEqual(buckets.map(() => isAtLeast));
      expect(buckets.reduce((sum, bucket) => sum + bucket.pending, 0)).toBe(pending);
      return { pending, isAtLeast };
    };
    for (const scope of [
      { webhookId: null, projectId: null },
      { webhookId: null, projectId },
      { webhookId: busy, projectId },
    ]) {
      const { pending, isAtLeast } = await ask(scope);
      expect([pending > 9, isAtLeast]).toEqual([true, true]);
    }
    expect(await ask({ webhookId: other, projectId: null })).toEqual({ pending: 1, isAtLeast: false });
  });

  it('are exact for a project whose neighbour has more open than is looked at, with what organization-wide webhooks get of it', async () => {
    const { tenant } = await backlog(25, [0]);
    const { organizationId } = tenant;
    const quiet = { ...tenant, projectId: v7() };
    await pool.query(`INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'Quay', 'STANDARD')`, [
      quiet.projectId,
      organizationId,
    ]);
    const own = await createWebhook(pool, quiet, 'https://example.com/');
    const wide = await createWebhook(pool, quiet, 'https://example.com/', { organizationWide: true });
    const made = (count: number) =>
      Array.from({ length: count }, () => ({
        ...({ webhook: 0, project: true, end: 'OPEN', ms: 0, age: 0 } as const),
        id: v7(),
      }));
    await store(quiet, own.id, made(3));
    await store(quiet, wide.id, made(2));
    await store(tenant, wide.id, made(4));
    await pool.query(
      `UPDATE delivery SET status = 'SENDING', leased_by = $2 WHERE id = (SELECT id FROM delivery WHERE webhook_id = $1 LIMIT 1)`,
      [own.id, v7()],
    );
    const now = Date.now();
    const request = { organizationId, projectId: quiet.projectId, webhookId: null };
    const open = await createOpenDeliveries(bounded, 10)(request);
    expect(open).toMatchObject({ pending: 4, sending: 1, isAtLeast: false });
    const period = { from: new Date(now - hour), to: new Date(now + minute), bucket: 'DAY' as const };
    const buckets = await createDeliveryStats(bounded, { open: 10, labelled: 10 })({ ...request, ...period });
    expect(buckets.map(({ isAtLeast }) => isAtLeast)).toEqual(buckets.map(() => false));
    expect(buckets.reduce((sum, { pending, sending }) => sum + pending + sending, 0)).toBe(5);
  });

  it('look at what is open since the time that is asked for, and at nothing of before', async () => {
    const { tenant } = await backlog(25, [3 * 60]);
    const now = Date.now();
    const [bucket] = await createDeliveryStats(bounded, { open: 10, labelled: 10 })({
      organizationId: tenant.organizationId,
      projectId: null,
      webhookId: null,
      from: new Date(now - minute),
      to: new Date(now + minute),
      bucket: 'HOUR',
    }).then((found) => found.filter(({ pending }) => pending > 0));
    expect(bucket).toMatchObject({ pending: 1, isAtLeast: false });
  });

  it('tell response times within a fifth', async () => {
    const tenant = await createTenant(pool);
    const { id: webhookId } = await createWebhook(pool, tenant, 'https://example.com/');
    const times = Array.from({ length: 400 }, (_, index) => 20 + index * 3);
    const fate = { webhook: 0, age: 0, project: true, end: 'DELIVERED' } as const;
    const made = times.map((ms) => ({ ...fate, ms, id: v7() }));
    await store(tenant, webhookId, made);
    const recording = recorder();
    await Promise.all(made.map((each) => recording.record(result(tenant, webhookId, each, 'DELIVERED'))));
    const now = Date.now();
    const buckets = await createDeliveryStats(pool)({
      organizationId: tenant.organizationId,
      projectId: null,
      webhookId,
      from: new Date(now - hour),
      to: new Date(now + hour),
      bucket: 'DAY',
    });
    const found = buckets.find(({ delivered }) => delivered === 400);
    for (const [told, part] of [
      [found?.p50Ms, 0.5],
      [found?.p95Ms, 0.95],
    ] as const) {
      const real = times[Math.floor(times.length * part)] as number;
      expect(Math.abs((told as number) - real)).toBeLessThan(real / 5);
    }
    expect(found?.successRate).toBe(1);
  });

  describe('with labels', () => {
    const most = 4;

    /** Stores deliveries of two webhooks, the second of which is of another project, with the label env=prod or without it. */
    async function labelled() {
      const tenant = await createTenant(pool);
      const elsewhere = { ...tenant, projectId: v7() };
      await pool.query(`INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'Yard', 'STANDARD')`, [
        elsewhere.projectId,
        tenant.organizationId,
      ]);
      const own = await createWebhook(pool, tenant, 'https://example.com/');
      const other = await createWebhook(pool, elsewhere, 'https://example.com/');
      const add = async (of: 'own' | 'other', count: number, value: string) => {
        const made = Array.from({ length: count }, () => v7());
        const fate = { webhook: 0, age: 0, project: true, end: 'OPEN', ms: 0 } as const;
        const [scope, { id }] = of === 'own' ? [tenant, own] : [elsewhere, other];
        await store(
          scope,
          id,
          made.map((each) => ({ ...fate, id: each })),
        );
        await pool.query(
          `INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
           SELECT $1, 'env', $2, 'crane.moved', unnest($3::uuid[])`,
          [tenant.organizationId, value, made],
        );
      };
      const stats = createDeliveryStats(pool, { open: most, labelled: most });
      /** The number of all, or the code of the refusal. */
      const total = async (scope: Pick<StatsRequest, 'projectId' | 'webhookId' | 'seesOrganization'>) => {
        const [from, to] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
        const labels = [{ key: 'env', value: 'prod' }];
        const request = { organizationId: tenant.organizationId, ...scope, from, to, bucket: 'HOUR' as const, labels };
        return stats(request).then(
          (buckets) => buckets.reduce((sum, { pending }) => sum + pending, 0),
          (error) => error.code,
        );
      };
      const scopes = [
        { projectId: tenant.projectId, webhookId: null },
        { projectId: null, webhookId: own.id },
        { projectId: tenant.projectId, webhookId: own.id },
      ];
      const organization = { projectId: null, webhookId: null, seesOrganization: true };
      return { add, total, scopes, organization };
    }

    it('are of a project or webhook the same, however many deliveries of others have the labels', async () => {
      const { add, total, scopes, organization } = await labelled();
      await add('own', 3, 'prod');
      await add('own', 1, 'test');
      for (const others of [1, most]) {
        await add('other', others, 'prod');
        expect(await total(organization)).toBe(others === 1 ? 4 : 'LIMIT_EXCEEDED');
        for (const scope of scopes) {
          expect(await total(scope)).toBe(3);
          expect(await total({ ...scope, seesOrganization: true })).toBe(3);
        }
      }
    });

    it('are refused for what a project or webhook has itself, which others change nothing of', async () => {
      const { add, total, scopes } = await labelled();
      await add('own', 1, 'prod');
      await add('own', most, 'test');
      for (const others of [0, most]) {
        await add('other', others, 'prod');
        for (const scope of scopes) {
          expect(await total(scope)).toBe('LIMIT_EXCEEDED');
          // They may see the others. Few deliveries of a rare label are counted for them, whatever else the project has.
          const wide = await total({ ...scope, seesOrganization: true });
          expect(wide).toBe(others === 0 ? 1 : 'LIMIT_EXCEEDED');
        }
      }
    });
  });
});
