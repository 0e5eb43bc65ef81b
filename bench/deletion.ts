import pg from 'pg';
import { type Latency, latencyOf } from './figures.ts';
import type { Installation } from './installation.ts';
import type { ReceiverProcess } from './receiverProcess.ts';

export interface DeletionFigures {
  /** Deliveries of the tenant that is deleted, each with an event and an attempt. */
  readonly deliveries: number;
  /** Of another tenant's events, before the deletion. */
  readonly before: Latency;
  /** The same, from the call until the deletion has finished. */
  readonly during: Latency;
  /** From the call until the deletion has finished. */
  readonly seconds: number;
}

const perSecond = 500;
const windowSeconds = 5;
const rowsAtOnce = 50_000;
/** One event in so many was published with an idempotency key. */
const keyedEvery = 10;

/** An organization with a webhook and so many delivered deliveries, which this writes directly. */
async function fill(installation: Installation, receiverUrl: string, deliveries: number): Promise<string> {
  const { create, parts } = installation;
  const { organization } = await create<{ organization: { id: string } }>(
    'mutation C($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { name: 'Deleted' },
  );
  const { project } = await create<{ project: { id: string } }>(
    'mutation C($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { organizationId: organization.id, name: 'Deleted' },
  );
  const { webhook } = await create<{ webhook: { id: string } }>(
    'mutation C($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
    { projectId: project.id, name: 'Deleted', url: `${receiverUrl}/deleted` },
  );
  const client = new pg.Client({ connectionString: parts.databaseUrl });
  await client.connect();
  try {
    // Ids of version 7: a time, then a number.
    const id = (kind: number) =>
      `(lpad(to_hex(1790000000000 + n), 12, '0') || '7000800${kind}' || lpad(to_hex(n), 12, '0'))::uuid`;
    for (let from = 0; from < deliveries; from += rowsAtOnce) {
      const values = [organization.id, project.id, webhook.id, from, Math.min(from + rowsAtOnce, deliveries) - 1];
      await client.query(
        `WITH numbers AS (SELECT n FROM generate_series($4::bigint, $5::bigint) AS n),
              events AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                         SELECT ${id(1)}, $1, $2, 'bench.deleted', json_build_object('n', n, 'note', repeat('x', 700)), now() FROM numbers),
              keys AS (INSERT INTO idempotency_key (scope_id, key, event_id, digest, expires_at)
                       SELECT $2, 'key-' || n, ${id(1)}, sha256(n::text::bytea), now() + interval '1 day' FROM numbers WHERE n % ${keyedEvery} = 0),
              attempts AS (INSERT INTO attempt (delivery_id, number, started_at, duration_ms, outcome, response_code, response_body)
                           SELECT ${id(2)}, 1, now(), 5, 'SUCCEEDED', 200, 'ok' FROM numbers)
         INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count, response_code,
                               response_time_ms, completed_at)
         SELECT ${id(2)}, $1, $2, $3, ${id(1)}, 'bench.deleted', 'DELIVERED', 1, 200, 5, now() FROM numbers`,
        values,
      );
    }
    await client.query('VACUUM ANALYZE delivery, event, attempt, idempotency_key');
  } finally {
    await client.end();
  }
  return organization.id;
}

async function pacedLatencies(
  { publisher }: Installation,
  receiver: ReceiverProcess,
  seconds: number,
): Promise<readonly number[]> {
  await receiver.reset();
  await publisher.pace(perSecond, seconds);
  return (await receiver.until(perSecond * seconds, 30_000)).latencies;
}

/** Deletes a tenant with many deliveries beside the events of another. */
export async function measureDeletion(
  installation: Installation,
  receiver: ReceiverProcess,
  deliveries: number,
  say: (text: string) => void,
): Promise<DeletionFigures> {
  say(`a tenant with ${deliveries.toLocaleString('en')} deliveries is made`);
  const organizationId = await fill(installation, receiver.url, deliveries);
  await installation.atRest();
  say('500 events a second of another tenant');
  await pacedLatencies(installation, receiver, windowSeconds);
  const before = await pacedLatencies(installation, receiver, 4 * windowSeconds);
  say('the same while the tenant is deleted');
  const beganAt = performance.now();
  const { deletion } = await installation.create<{ deletion: { id: string } }>(
    'mutation D($input: DeleteOrganizationInput!) { deleteOrganization(input: $input) { deletion { id } } }',
    { id: organizationId },
  );
  const client = new pg.Client({ connectionString: installation.parts.databaseUrl });
  await client.connect();
  let seconds: number | null = null;
  const watching = (async () => {
    for (;;) {
      const { rows } = await client.query<{ seconds: number | null }>(
        'SELECT extract(epoch FROM finished_at - created_at)::float AS seconds FROM deletion WHERE id = $1',
        [deletion.id],
      );
      seconds = rows[0]?.seconds ?? null;
      if (seconds !== null) return;
      if (performance.now() - beganAt > 1_800_000) throw new Error('The deletion did not finish within 30 minutes.');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  try {
    const during: number[] = [];
    while (seconds === null) {
      for (const latency of await pacedLatencies(installation, receiver, windowSeconds)) during.push(latency);
      await Promise.race([watching, new Promise((resolve) => setImmediate(resolve))]);
    }
    await watching;
    return { deliveries, before: latencyOf(before), during: latencyOf(during), seconds };
  } finally {
    await client.end();
  }
}

export function deletionRows({ deliveries, before, during, seconds }: DeletionFigures): [string, string][] {
  const text = ({ p50Ms, p99Ms }: Latency) => `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  return [
    ['500 events/s of another tenant, before', text(before)],
    [`while a tenant with ${deliveries.toLocaleString('en')} deliveries is deleted`, text(during)],
    ['the p99 is', `${(during.p99Ms / before.p99Ms).toFixed(2)} times what it was`],
    [
      'the deletion takes',
      `${seconds.toFixed(0)} s, ${Math.round(deliveries / seconds).toLocaleString('en')} deliveries a second`,
    ],
  ];
}
