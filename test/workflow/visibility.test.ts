import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { type Findable, findableOver } from '../../workflows/client/findable.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import { waitingQuery } from '../../workflows/deliver.ts';
import { createCommand } from '../../workflows/searchAttributes.ts';
import { Ownership } from '../support/ownership.ts';
import { Receiver } from '../support/receiver.ts';
import { temporalServer } from '../support/temporal.ts';
import { temporalCommand } from '../support/temporalCli.ts';

const HOUR = 3_600_000;
const patience = { timeout: 60_000, interval: 200 };

describe('what of a webhook waits, and until when', () => {
  let owned: Ownership;
  let server: Awaited<ReturnType<typeof temporalServer>>;
  let findable: Findable;
  let stopWorker: () => Promise<void>;
  let receiver: Receiver;
  const running: string[] = [];

  beforeAll(async () => {
    owned = await Ownership.start();
    server = await temporalServer();
    findable = findableOver(server.namespace, owned.pool, pino({ level: 'silent' }));
    owned.tell = (webhookId, told) =>
      findable.start(owned.client, webhookId, (options) =>
        signalDeliver(owned.client, owned.taskQueue, webhookId, told, options),
      );
    stopWorker = await owned.startWorker({ findable: () => findable.may(owned.client) });
    receiver = await new Receiver(() => 500).listen();
  });
  afterEach(async () => {
    for (const id of running.splice(0)) {
      await owned
        .handle(id)
        .terminate()
        .catch(() => {});
    }
  });
  afterAll(async () => {
    await stopWorker();
    await receiver.close();
    await owned.close();
  });

  async function webhook(type: string, scheduleMs: readonly number[], url = receiver.url): Promise<string> {
    const { id } = await owned.webhook(url, { eventTypes: [type], scheduleMs });
    running.push(id);
    return id;
  }

  /** What the list of workflows has of one webhook. */
  async function attributes(webhookId: string, besides = ''): Promise<Record<string, unknown> | null> {
    for await (const each of owned.client.workflow.list({ query: `EverhookWebhook = '${webhookId}'${besides}` })) {
      const all = each.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value] as const);
      // Temporal has some of its own.
      return Object.fromEntries(all.filter(([name]) => name.startsWith('Everhook')));
    }
    return null;
  }

  /** The attributes that each change named. */
  async function changesOf(webhookId: string): Promise<string[][]> {
    const { events } = await owned.handle(webhookId).fetchHistory();
    return (
      (events ?? [])
        .map(({ upsertWorkflowSearchAttributesEventAttributes: changed }) =>
          Object.keys(changed?.searchAttributes?.indexedFields ?? {}).sort(),
        )
        // The SDK sets one of Temporal's own for each patch.
        .filter(([name]) => name?.startsWith('Everhook'))
    );
  }

  it('is found by search attributes from the first failure on, without an event more', async () => {
    const id = await webhook('found', [HOUR]);
    await owned.publish('found', 1);
    await expect
      .poll(() => attributes(id), patience)
      .toEqual({
        EverhookOrganization: owned.tenant.organizationId,
        EverhookProject: owned.tenant.projectId,
        EverhookWebhook: id,
        EverhookWaiting: 1,
        EverhookNextDue: expect.any(Date),
      });
    const [row] = await owned.rows(id);
    expect((await attributes(id))?.EverhookNextDue).toEqual(new Date(row?.dueAt as number));
    expect(await changesOf(id)).toEqual([]);
    expect(await (await owned.handle(id).describe()).staticSummary()).toBe(`Retries of webhook ${id}`);
  });

  it('is changed at most every 10 s, and said in the end also where nothing happens any more', async () => {
    const id = await webhook('often', [500, 500, 500, 500, 500, 500, HOUR]);
    await owned.publish('often', 3);
    await expect.poll(async () => (await owned.rows(id)).every(({ made }) => made === 7), patience).toBe(true);
    const began = (await owned.handle(id).describe()).startTime.getTime();
    const rows = await owned.rows(id);
    const due = Math.min(...rows.map(({ dueAt }) => dueAt as number));
    await expect
      .poll(() => attributes(id), patience)
      .toMatchObject({
        EverhookWaiting: 3,
        EverhookNextDue: new Date(due),
        EverhookHealth: 'DEGRADED',
      });
    expect((await changesOf(id)).length).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - began) / 10_000));
  });

  it('counts also what failed later and is due after all that was known', async () => {
    const later = await new Receiver((_, count) =>
      count === 1 ? 500 : { code: 503, headers: { 'retry-after': '7200' } },
    ).listen();
    const id = await webhook('later', [HOUR], later.url);
    await owned.publish('later', 1);
    await expect.poll(() => attributes(id), patience).toMatchObject({ EverhookWaiting: 1 });
    await owned.publish('later', 1);
    await expect.poll(() => attributes(id), patience).toMatchObject({ EverhookWaiting: 2 });
    await later.close();
  });

  it('counts what lies in rows alone', async () => {
    const id = await webhook('many', [HOUR]);
    await owned.waitingRows(id, 5_300, HOUR);
    await owned.tell(id, { kind: 'wake', delayMs: 0, andLater: true });
    await expect.poll(() => attributes(id), patience).toMatchObject({ EverhookWaiting: 5_300 });
    expect(
      await temporalCommand(`temporal workflow metadata --workflow-id 'deliver:${id}' --output json`, server),
    ).toContain('5300 deliveries wait');
  });

  it('is nothing once the workflow has ended', async () => {
    const healing = await new Receiver((_, count) => (count === 1 ? 500 : 200)).listen();
    const id = await webhook('healed', [500], healing.url);
    await owned.publish('healed', 1);
    await healing.count(2);
    await owned.handle(id).result();
    await expect
      .poll(() => attributes(id, " AND ExecutionStatus = 'Completed'"), patience)
      .toMatchObject({ EverhookWaiting: 0, EverhookHealth: 'HEALTHY' });
    expect(await attributes(id)).not.toHaveProperty('EverhookNextDue');
    expect(await attributes(id, ' AND EverhookWaiting > 0')).toBeNull();
    expect(await changesOf(id)).toEqual([['EverhookHealth', 'EverhookNextDue', 'EverhookWaiting']]);
    await healing.close();
  });

  it('is said by a workflow that was started without, once a worker knows that the namespace has the attributes', async () => {
    const id = await webhook('older', [500, HOUR]);
    const { tell } = owned;
    owned.tell = (webhookId, told) => signalDeliver(owned.client, owned.taskQueue, webhookId, told);
    await owned.publish('older', 1);
    await receiver.count(1);
    await expect
      .poll(() => attributes(id), patience)
      .toMatchObject({ EverhookWaiting: 1, EverhookOrganization: owned.tenant.organizationId });
    owned.tell = tell;
  });

  describe('by Temporal’s own command line, as docs/temporal.md has it', () => {
    it('names the attributes, and the command that makes them', async () => {
      const text = await readFile(join(packageRoot, 'docs/temporal.md'), 'utf8');
      expect(text).toContain(`\n${createCommand('default')}\n`);
    });

    // A dozen and more processes of the CLI, one after the other.
    it('answers, every command', { timeout: 240_000 }, async () => {
      const text = await readFile(join(packageRoot, 'docs/temporal.md'), 'utf8');
      const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
        block.trim().split('\n'),
      );
      expect(commands.length).toBeGreaterThan(10);
      const id = await webhook('documented', [HOUR, HOUR]);
      await owned.publish('documented', 6);
      await expect.poll(() => attributes(id), patience).toMatchObject({ EverhookWaiting: 6 });
      const waits = await owned.handle(id).query(waitingQuery, 6);
      const last = waits.at(-1)?.id as string;
      const env = { WEBHOOK: id, ORGANIZATION: owned.tenant.organizationId, DELIVERY: last };
      const workflowId = `deliver:${id}`;
      const said = new Map<string, string>();
      for (const command of commands) said.set(command, await temporalCommand(command, server, env));
      const answers = (part: string) => [...said].filter(([command]) => command.includes(part)).map(([, each]) => each);

      for (const list of answers('workflow list').slice(0, 2)) expect(list).toContain(workflowId);
      expect(answers('workflow count')[0]).toMatch(/[1-9]/);
      expect(answers('workflow describe')[0]).toContain(id);
      const [metadata = ''] = answers('workflow metadata');
      expect(metadata).toContain('6 deliveries wait; the next is due at');
      for (const each of waits) expect(metadata).toContain(each.id);
      const [asked = ''] = answers('--type waiting');
      for (const each of waits) expect(asked).toContain(each.id);
      expect(answers('--type delivery')[0]).toContain(waits.at(-1)?.dueAt);
      // Updated as said: attempted now, then ended for the reason given.
      await expect
        .poll(async () => await owned.row(last), patience)
        .toMatchObject({ status: 'CANCELLED', reason: expect.stringContaining('The crane was sold.') });
    });

    it('says why something cannot be done', async () => {
      const id = await webhook('refused', [HOUR]);
      await owned.publish('refused', 1);
      await expect.poll(() => attributes(id), patience).toMatchObject({ EverhookWaiting: 1 });
      await expect(
        temporalCommand(
          `temporal workflow update execute --workflow-id 'deliver:${id}' --name retryNow --input '"unknown"'`,
          server,
        ),
      ).rejects.toThrow('Delivery unknown does not wait here.');
    });
  });
});
