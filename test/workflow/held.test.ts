import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { v7 } from 'uuid';
import { expect, it } from 'vitest';
import { type Hold, whileHeld } from '../../workflows/activities/whileHeld.ts';
import { createDatabase } from '../support/database.ts';
import { guardTemporal } from '../support/guardedTemporal.ts';
import { temporalServer } from '../support/temporal.ts';
import { createTenant } from '../support/tenant.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

it('a worker that Temporal does not hear knows that its work is lost before Temporal gives it away', async () => {
  const { address, namespace } = await temporalServer();
  const guard = await guardTemporal(address);
  guard.guarded = false;
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const { keys } = await createTenant(pool);
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address: guard.address });
  const taskQueue = `held-${v7()}`;

  const runs: { readonly hold: Hold; readonly others: boolean[] }[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const attemptDue = () =>
    whileHeld(`worker ${runs.length + 1}`, async (hold) => {
      runs.push({ hold, others: runs.map((other) => other.hold.isHeld()) });
      await ended;
      return null;
    });
  const old = { entry: 'test/fixtures/workflows/clock.ts', activities: { attemptDue } };
  const stop = await startWorkflowWorker({ connection: native, namespace, taskQueue, pool, keys, old });
  const handle = await new Client({ connection, namespace }).workflow.start('deliver', {
    ...{ taskQueue, workflowId: taskQueue, args: [v7()] },
  });

  await expect.poll(() => runs.length, { timeout: 30_000 }).toBe(1);
  // Longer than it would believe without an answer.
  await sleep(9_000);
  expect(runs[0]?.hold.isHeld()).toBe(true);
  guard.away = /RecordActivityTaskHeartbeat/;
  await expect.poll(() => runs.length, { timeout: 30_000 }).toBe(2);
  expect(runs[1]?.others).toEqual([false]);
  expect(runs[1]?.hold).toMatchObject({ former: 'worker 1' });

  guard.away = null;
  end();
  await handle.result();
  await stop();
  await connection.close();
  await native.close();
  await guard.close();
  await pool.end();
  await database.drop();
}, 120_000);
