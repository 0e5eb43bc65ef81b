import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { type Manifest, manifestProblems } from '../kubernetesSchemas.ts';
import { chart, helm, installations, readYaml, rendered, template, valuesFile } from './chart.ts';

describe('the Helm chart', () => {
  let problemsOf: (manifest: Manifest) => Promise<string[]>;
  const all = new Map<string, Manifest[]>();
  const of = (name: (typeof installations)[number]) => all.get(name) as Manifest[];

  beforeAll(async () => {
    problemsOf = await manifestProblems();
    for (const name of installations) all.set(name, await rendered([valuesFile(name)]));
  });

  it('passes helm lint --strict with the values of each installation, and without any', async () => {
    const files = (await readdir(join(chart, 'ci'))).sort();
    expect(files).toEqual(installations.map((name) => `${name}.yaml`).sort());
    const { code, output } = await helm(['lint', '--strict', chart]);
    expect([code, output]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
    for (const name of installations) {
      const linted = await helm(['lint', '--strict', '--values', valuesFile(name), chart]);
      expect([linted.code, linted.output], name).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
    }
  });

  it('renders objects that fit the schemas of Kubernetes, the Prometheus operator and the Gateway API', async () => {
    const problems: string[] = [];
    for (const [name, manifests] of all) {
      expect(manifests.length, name).toBeGreaterThan(6);
      for (const manifest of manifests)
        problems.push(...(await problemsOf(manifest)).map((each) => `${name}: ${each}`));
    }
    expect(problems).toEqual([]);
    const kinds = new Set(of('everything').map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'HTTPRoute',
      'HorizontalPodAutoscaler',
      'Ingress',
      'Job',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'PrometheusRule',
      'Secret',
      'Service',
      'ServiceMonitor',
    ]);
  });

  it('is checked by schemas that refuse an unknown field, a wrong type, a missing field and an unknown kind', async () => {
    const api = of('everything').find(({ kind }) => kind === 'Deployment') as Manifest;
    const monitor = of('everything').find(({ kind }) => kind === 'ServiceMonitor') as Manifest;
    const wrong = (manifest: Manifest, change: (copy: Manifest) => void) => {
      const copy = structuredClone(manifest);
      change(copy);
      return problemsOf(copy);
    };
    const set = (path: string, value: unknown) => (copy: Manifest) => {
      const names = path.split('.');
      const last = names.pop() as string;
      const place = names.reduce((each, name) => each[name], copy as Manifest);
      (place as Record<string, unknown>)[last] = value;
    };
    const inPod = 'spec.template.spec';
    expect(await problemsOf(api)).toEqual([]);
    expect((await wrong(api, set(`${inPod}.nodeSelektor`, {}))).join()).toContain('nodeSelektor');
    expect((await wrong(api, set(`${inPod}.containers.0.ports.0.containerPort`, 'http'))).join()).toContain(
      'containerPort',
    );
    expect((await wrong(api, set('spec.selector', undefined))).join()).toContain("'selector'");
    expect((await wrong(api, set('apiVersion', 'apps/v1beta1'))).join()).toContain('no kind apps/v1beta1 Deployment');
    expect((await wrong(monitor, set('spec.endpoints.0.intervall', '15s'))).join()).toContain('intervall');
    expect((await wrong(monitor, set('spec.endpoints.0.interval', '15'))).join()).toContain(
      '/spec/endpoints/0/interval',
    );
    expect((await wrong(monitor, set('spec.selector', undefined))).join()).toContain("'selector'");
    const route = of('everything').find(({ kind }) => kind === 'HTTPRoute') as Manifest;
    expect((await wrong(route, set('spec.rules.0.timeouts.request', '1 hour'))).join()).toContain('/timeouts/request');
    expect((await wrong(route, set('spec.rules.0.backendRef', []))).join()).toContain('backendRef');
  });

  it('takes the values that docs/run/kubernetes.md gives, as they stand, and the command in its own README', async () => {
    const page = await readFile(join(packageRoot, 'docs/run/kubernetes.md'), 'utf8');
    const [values, argo] = [...page.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```$/gm)].map(([, indent = '', block = '']) =>
      readYaml(block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
    );
    for (const given of [values, { ...values, ...argo }]) {
      const problems: string[] = [];
      for (const manifest of await rendered([], given)) problems.push(...(await problemsOf(manifest)));
      expect(problems).toEqual([]);
    }
    const own = await readFile(join(chart, 'README.md'), 'utf8');
    const sets = [...own.matchAll(/--set (\S+)/g)].flatMap(([, value = '']) => ['--set', value]);
    expect(sets.length).toBeGreaterThan(8);
    const { code, errors } = await helm(['template', 'everhook', chart, '--kube-version', '1.37.0', ...sets]);
    expect([code, errors]).toEqual([0, expect.not.stringContaining('Error')]);
  });

  it('renders the same bytes each time: it makes no key and no password', async () => {
    for (const name of installations) {
      const [first, second] = [await template([valuesFile(name)]), await template([valuesFile(name)])];
      expect(first.output, name).toBe(second.output);
      expect(first.output.length, name).toBeGreaterThan(1_000);
    }
  });

  it('says how to make what is missing, all at once', async () => {
    const { code, errors } = await template([]);
    expect(code).toBe(1);
    expect(errors).toMatch(/secrets\.databaseUrl: is missing\..*kubectl create secret generic/);
    expect(errors).toMatch(/secrets\.encryptionKeys: is missing\..*k1:\$\(openssl rand -base64 32\)/);
    expect(errors).toMatch(/temporal\.address: is missing\./);
    const minimal = [valuesFile('minimal')];
    for (const [values, problem] of [
      [{ ingress: { enabled: true } }, 'ingress.host: is missing'],
      [{ httpRoute: { enabled: true } }, 'httpRoute.parentRefs: is missing'],
      [{ database: { host: 'db' } }, 'secrets.databaseUrl: must not be set together'],
      [{ secrets: { encryptionKeys: { existingSecret: 'k' } } }, 'secrets.encryptionKeys: value and existingSecret'],
      [{ secrets: { databaseUrl: { value: '' }, databasePassword: { value: 'p' } } }, 'database.host: is missing'],
      [{ worker: { autoscaling: { enabled: true, minReplicas: 11 } } }, 'worker.autoscaling.minReplicas: must not'],
    ] as const) {
      expect((await template(minimal, values)).errors).toContain(problem);
    }
  });
});
