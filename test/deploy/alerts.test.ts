import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

describe('the configuration of Prometheus in docs/operate.md', () => {
  it('is one that Prometheus takes beside the rules, and asks where the image answers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everhook prometheus '));
    try {
      const page = await readFile(join(packageRoot, 'docs/operate.md'), 'utf8');
      const given = /^```yaml\n(rule_files:[^`]+scrape_configs:[^`]+)```$/m.exec(page)?.[1] ?? '';
      await writeFile(join(folder, 'prometheus.yml'), given);
      await copyFile(rulesFile, join(folder, basename(rulesFile)));
      const { stdout } = await run(tool('promtool'), ['check', 'config', join(folder, 'prometheus.yml')]);
      expect(stdout).toContain('1 rule files found');
      const image = await readFile(join(packageRoot, 'Dockerfile'), 'utf8');
      for (const [service, name] of [
        ['api', 'PORT'],
        ['worker', 'EVERHOOK_WORKER_METRICS_PORT'],
      ]) {
        expect(given).toContain(`${service}-1:${new RegExp(` ${name}=(\\d+)`).exec(image)?.[1]}`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

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
