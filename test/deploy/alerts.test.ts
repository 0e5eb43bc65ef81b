import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { alerts, rulesFile } from '../support/promql.ts';
import { tool } from './tool.ts';

const run = promisify(execFile);
const casesFile = join(packageRoot, 'test/deploy/alerts.yaml');

interface Case {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
}

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    const { stdout } = await run(tool('promtool'), ['check', 'rules', rulesFile]);
    expect(stdout).toContain(`${(await alerts()).length} rules found`);
  });

  it('fire when they should, after their time, and are quiet otherwise', async () => {
    const { tests } = parse(await readFile(casesFile, 'utf8')) as { tests: Case[] };
    const tried = tests.flatMap((each) => each.alert_rule_test);
    for (const { alert } of await alerts()) {
      const fires = tried.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length > 0);
      expect([alert, ...new Set(fires.sort())]).toEqual([alert, false, true]);
    }
    await run(tool('promtool'), ['test', 'rules', casesFile]);
  });
});
