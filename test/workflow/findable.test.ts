import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFindable, type Findable } from '../../workflows/client/findable.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createCommand, searchAttributeTypes } from '../../workflows/searchAttributes.ts';
import { guardTemporal } from '../support/guardedTemporal.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';
import { temporalCommand } from '../support/temporalCli.ts';

const taskQueue = `findable-${v7()}`;
const scope = { organizationId: v7(), projectId: v7() };

/** A process of the product, as far as it starts webhooks' workflows. */
function starting(client: Client, namespace: string, scopeOf = async (): Promise<typeof scope | null> => scope) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const findable: Findable = createFindable(namespace, scopeOf, log, 200);
  return {
    lines,
    findable,
    async start(webhookId = v7()) {
      const handle = await findable.start(client, webhookId, (options) =>
        client.workflow.signalWithStart('deliver', {
          ...options,
          workflowId: deliverWorkflowId(webhookId),
          taskQueue,
          args: [webhookId],
          signal: 'wake',
          signalArgs: [0],
        }),
      );
      const described = await client.workflow.getHandle(handle.workflowId).describe();
      const { typedSearchAttributes, staticSummary, priority } = described;
      const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
      return { webhookId, attributes, summary: await staticSummary(), turnOf: priority?.fairnessKey };
    },
  };
}

describe('search attributes of webhooks’ workflows', () => {
  let server: Awaited<ReturnType<typeof temporalServer>>;
  let connection: Connection;

  beforeAll(async () => {
    server = await temporalServer();
    connection = await Connection.connect({ address: server.address });
  });
  afterAll(() => connection.close());

  it('are made where they are missing, by however many processes start at once, and set by whoever starts a workflow', async () => {
    const namespace = await newNamespace(connection);
    const client = new Client({ connection, namespace });
    const [first, second] = [starting(client, namespace), starting(client, namespace)];
    expect(await Promise.all([first.findable.may(client), second.findable.may(client)])).toEqual([true, true]);
    const listed = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(listed.customAttributes).sort()).toEqual(Object.keys(searchAttributeTypes).sort());

    const { webhookId, attributes, summary, turnOf } = await first.start();
    expect(turnOf).toBe(scope.organizationId);
    expect(attributes).toEqual({
      EverhookOrganization: scope.organizationId,
      EverhookProject: scope.projectId,
      EverhookWebhook: webhookId,
    });
    expect(summary).toBe(`Retries of webhook ${webhookId}`);
    const found = () =>
      temporalCommand(`temporal workflow list --query "EverhookWebhook = '${webhookId}'" --output json`, {
        ...server,
        namespace,
      });
    await expect.poll(found, { timeout: 30_000 }).toContain(deliverWorkflowId(webhookId));
    expect([...first.lines, ...second.lines]).toEqual([]);
  });

  it('name the webhook where the database does not say whose it is', async () => {
    const namespace = await newNamespace(connection);
    const client = new Client({ connection, namespace });
    const { webhookId, attributes } = await starting(client, namespace, async () => {
      throw new Error('the database is away');
    }).start();
    expect(attributes).toEqual({ EverhookWebhook: webhookId });
  });

  it('are done without on a Temporal that refuses them, until an operator ran what the log says', async () => {
    const namespace = await newNamespace(connection);
    const guard = await guardTemporal(server.address);
    const guarded = await Connection.connect({ address: guard.address });
    const client = new Client({ connection: guarded, namespace });
    try {
      const { start, lines, findable } = starting(client, namespace);
      expect(await findable.may(client)).toBe(false);
      expect(guard.refused.length).toBeGreaterThan(0);
      expect((await start()).attributes).toEqual({});
      expect((await start()).attributes).toEqual({});
      expect(lines).toEqual([
        expect.objectContaining({
          run: createCommand(namespace),
          msg: expect.stringContaining('Run the command in "run"'),
        }),
      ]);
      // As the log has it, by somebody who may.
      await temporalCommand(String(lines[0]?.run), server);
      await expect
        .poll(async () => Object.keys((await start()).attributes), { timeout: 30_000, interval: 200 })
        .toContain('EverhookWebhook');
      expect(lines).toHaveLength(1);
    } finally {
      await guarded.close();
      await guard.close();
    }
  });

  it('are done without where one of their names is taken for something else, which the log names', async () => {
    const namespace = await newNamespace(connection);
    await temporalCommand(
      `temporal operator search-attribute create --namespace ${namespace} --name EverhookWaiting --type Keyword`,
      server,
    );
    const client = new Client({ connection, namespace });
    const { start, lines } = starting(client, namespace);
    expect((await start()).attributes).toEqual({});
    expect(lines).toEqual([expect.objectContaining({ reason: 'EverhookWaiting exists, but its type is not Int.' })]);
  });
});
