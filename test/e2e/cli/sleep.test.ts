import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliTenant, cliTenant, jsonLines, runCli, startCli } from '../../support/cli.ts';
import { type Installation, startInstallation } from '../../support/installation.ts';
import { Receiver } from '../../support/receiver.ts';

let installation: Installation;
let tenant: CliTenant;
let local: Receiver;
beforeAll(async () => {
  installation = await startInstallation();
  tenant = await cliTenant(installation);
  local = await new Receiver().listen();
});
afterAll(async () => {
  await local?.close();
  await installation?.close();
});

async function publish(count: number): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < count; n++) {
    const { stdout } = await runCli(['trigger', 'order.paid', '--json'], { env: tenant.env });
    ids.push(...jsonLines<{ id: string }>(stdout).map(({ id }) => id));
  }
  return ids;
}

describe('a machine that slept for longer than its listener lives', () => {
  it('makes a new listener with the same secret, says how many events it missed, and gets them, each once', async () => {
    const cli = startCli(['listen', '--to', local.url, '--json'], { env: tenant.env });
    const ready = JSON.parse(await cli.line('"event":"ready"')) as { listenerId: string; secret: string };
    const heard = await publish(2);
    await local.count(2);
    await cli.line(heard[1] as string);

    cli.kill('SIGSTOP');
    // As after a minute without its client.
    await installation.call(
      'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }',
      { id: ready.listenerId },
      tenant.key,
    );
    await installation.parts.api.kill();
    await installation.parts.api.restart();
    const missed = await publish(10);
    cli.kill('SIGCONT');

    const said = JSON.parse(await cli.line('"event":"missed"')) as { count: number };
    expect(said.count).toBe(10);
    const again = JSON.parse(await cli.line('"event":"ready-again"')) as { listenerId: string; secret: string };
    expect(again.secret).toBe(ready.secret);
    expect(again.listenerId).not.toBe(ready.listenerId);
    await local.count(12);
    for (const id of missed) await cli.line(id);
    const [after] = await publish(1);
    await local.count(13);
    await cli.line(after as string);
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
    // Those that were heard before the sleep may be announced again, but the local server gets none twice.
    const ids = local.received.map(({ headers }) => headers['webhook-id']);
    expect(ids.sort()).toEqual([...heard, ...missed, after].sort());
  });
});

describe('everhook doctor, with a service whose Temporal is away', () => {
  it('names the part and what to do, and ends with 5', async () => {
    await installation.parts.temporal?.kill();
    const doctor = () => runCli(['doctor'], { env: tenant.env });
    await expect.poll(async () => (await doctor()).stdout, { timeout: 60_000 }).toMatch(/wrong {2}Temporal/);
    const { code, stdout } = await doctor();
    expect(stdout).toContain('Look at TEMPORAL_ADDRESS');
    expect(stdout).toMatch(/ok {5}PostgreSQL/);
    expect(code).toBe(5);
    await installation.parts.temporal?.restart();
  });
});
