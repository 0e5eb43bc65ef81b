import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { isGlobalAddress } from '../../../core/sender/address.ts';
import type { Manifest } from '../kubernetesSchemas.ts';
import { containersOf, installations, kindOf, podOf, readYaml, rendered, valuesFile, workloads } from './chart.ts';

/** Whether an IPv4 address lies in a block. */
function within(address: string, block: string): boolean {
  const [base = '', bits] = block.split('/');
  if (base.includes(':')) return false;
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}

describe('objects of the Helm chart', () => {
  const all = new Map<string, Manifest[]>();
  const of = (name: (typeof installations)[number]) => all.get(name) as Manifest[];

  beforeAll(async () => {
    for (const name of installations) all.set(name, await rendered([valuesFile(name)]));
  });

  it('runs every pod by the restricted profile, on a read-only file system, without a token', () => {
    for (const name of installations.filter((each) => each !== 'temporal-cloud-argo-cd')) {
      for (const manifest of workloads(of(name))) {
        const { spec } = podOf(manifest);
        expect(spec, `${name} ${manifest.metadata.name}`).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        expect(spec.securityContext.runAsUser).toBeGreaterThan(0);
        for (const { securityContext, volumeMounts } of spec.containers) {
          expect(securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(volumeMounts[0]).toEqual({ name: 'tmp', mountPath: '/tmp' });
        }
        for (const volume of spec.volumes) expect(volume.hostPath).toBeUndefined();
      }
    }
    // Where the cluster chooses users, as OpenShift does, it chooses all of them.
    for (const manifest of workloads(of('temporal-cloud-argo-cd'))) {
      expect(podOf(manifest).spec.securityContext).toEqual({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });

  it('leads from each object to one that is there: selectors, ports, Secrets, targets', () => {
    for (const [name, manifests] of all) {
      const pods = workloads(manifests).map(podOf);
      const selected = (labels: Record<string, string>) =>
        pods.filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels[key] === value));
      const ports = (pod: ReturnType<typeof podOf>) =>
        pod.spec.containers.flatMap(
          (each: { ports?: { name: string }[] }) => each.ports?.map((port) => port.name) ?? [],
        );
      for (const { spec } of pods) {
        const volumes = spec.volumes.map((volume: { name: string }) => volume.name).sort();
        const mounts = spec.containers[0].volumeMounts.map((mount: { name: string }) => mount.name).sort();
        expect(mounts, name).toEqual(volumes);
      }
      for (const deployment of kindOf(manifests, 'Deployment')) {
        const own = selected(deployment.spec.selector.matchLabels);
        expect(own, deployment.metadata.name).toEqual([podOf(deployment)]);
        for (const { labelSelector } of own[0].spec.topologySpreadConstraints) {
          expect(selected(labelSelector.matchLabels)).toContain(own[0]);
        }
        const [container] = own[0].spec.containers;
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          expect(ports(own[0])).toContain(container[probe].httpGet.port);
        }
      }
      for (const service of kindOf(manifests, 'Service')) {
        const own = selected(service.spec.selector);
        expect(own.length, service.metadata.name).toBe(1);
        for (const { targetPort } of service.spec.ports) expect(ports(own[0])).toContain(targetPort);
      }
      for (const budget of kindOf(manifests, 'PodDisruptionBudget')) {
        expect(selected(budget.spec.selector.matchLabels).length).toBe(1);
      }
      for (const scaler of kindOf(manifests, 'HorizontalPodAutoscaler')) {
        const target = kindOf(manifests, 'Deployment').find(
          ({ metadata }) => metadata.name === scaler.spec.scaleTargetRef.name,
        );
        // Set beside an autoscaler, it would undo its choice at each upgrade.
        expect(target?.spec).toBeDefined();
        expect(target?.spec).not.toHaveProperty('replicas');
      }
      for (const policy of kindOf(manifests, 'NetworkPolicy')) {
        expect(selected(policy.spec.podSelector.matchLabels).length).toBeGreaterThan(0);
      }
      for (const ingress of kindOf(manifests, 'Ingress')) {
        const { service } = ingress.spec.rules[0].http.paths[0].backend;
        const target = kindOf(manifests, 'Service').find(({ metadata }) => metadata.name === service.name);
        const names = target?.spec.ports.map((port: { name: string }) => port.name);
        // Metrics need no key, so nothing public leads to them.
        expect(names).toEqual([service.port.name]);
        expect(names).not.toContain('metrics');
      }
      for (const route of kindOf(manifests, 'HTTPRoute')) {
        const [target] = route.spec.rules[0].backendRefs;
        const service = kindOf(manifests, 'Service').find(({ metadata }) => metadata.name === target.name);
        expect(service?.spec.ports.map((port: { port: number }) => port.port)).toEqual([target.port]);
      }
      for (const monitor of kindOf(manifests, 'ServiceMonitor')) {
        const watched = kindOf(manifests, 'Service').filter(({ metadata }) =>
          Object.entries(monitor.spec.selector.matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
        );
        expect(watched.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'])).toEqual([
          'api',
          'worker',
        ]);
        for (const { spec } of watched) expect(spec.ports[0].name).toBe(monitor.spec.endpoints[0].port);
      }
      // What the objects of one installation are called is unlike: one would replace the other.
      const ids = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(ids).size, name).toBe(ids.length);
    }
  });

  it('migrates before anything else, as long as it takes, and gives workflows over while old workers still run', () => {
    for (const [name, manifests] of all) {
      const job = (end: string) =>
        kindOf(manifests, 'Job').find(({ metadata }) => metadata.name.endsWith(end)) as Manifest;
      const [migrate, promote] = [job('-migrate'), job('-promote')];
      expect(migrate.metadata.annotations?.['helm.sh/hook'], name).toBe('pre-install,pre-upgrade');
      expect(promote.metadata.annotations?.['helm.sh/hook']).toBe('post-install,post-upgrade,post-rollback');
      for (const each of [migrate, promote]) {
        expect(each.metadata.annotations?.['helm.sh/hook-delete-policy']).toBe('before-hook-creation');
        // No probe may end a migration that takes long.
        expect(JSON.stringify(each)).not.toContain('Probe');
        expect(podOf(each).spec.restartPolicy).toBe('Never');
      }
      if (name !== 'everything') expect(migrate.spec).not.toHaveProperty('activeDeadlineSeconds');
      // Before an installation there is no Secret of the chart's: the Job brings its own, which is gone afterwards.
      for (const { valueFrom } of containersOf([migrate])[0].env) {
        const secret = kindOf(manifests, 'Secret').find(
          ({ metadata }) => metadata.name === valueFrom?.secretKeyRef.name,
        );
        if (secret === undefined) continue;
        const weight = (each: Manifest) => Number(each.metadata.annotations?.['helm.sh/hook-weight']);
        expect(weight(secret)).toBeLessThan(weight(migrate));
        expect(secret.metadata.annotations?.['helm.sh/hook-delete-policy']).toContain('hook-succeeded');
      }
      const worker = kindOf(manifests, 'Deployment').find(({ metadata }) => metadata.name.endsWith('-worker'));
      expect(worker?.spec.strategy.rollingUpdate).toEqual({ maxSurge: '100%', maxUnavailable: 0 });
      expect(worker?.spec.minReadySeconds).toBeGreaterThanOrEqual(60);
      expect(worker?.spec.progressDeadlineSeconds).toBeGreaterThan(worker?.spec.minReadySeconds);
    }
    const argo = kindOf(of('temporal-cloud-argo-cd'), 'Job').map(({ metadata }) => metadata.annotations);
    expect(argo.map((each) => each?.['argocd.argoproj.io/hook']).sort()).toEqual(['PreSync', 'Sync']);
  });

  it('leaves an API that waits for a long migration alive, and one that cannot reach Temporal or PostgreSQL in the load balancer', () => {
    for (const deployment of kindOf(of('minimal'), 'Deployment')) {
      const [{ startupProbe, livenessProbe, readinessProbe }] = podOf(deployment).spec.containers;
      expect(startupProbe.failureThreshold * startupProbe.periodSeconds).toBeGreaterThanOrEqual(3_600);
      expect(livenessProbe.httpGet.path).toBe('/healthz');
      expect(readinessProbe.httpGet.path).toMatch(/^\/readyz/);
    }
    const [api] = containersOf(of('minimal'));
    expect(api.readinessProbe.httpGet.path).toBe('/readyz?exclude=temporal&exclude=postgresql');
  });

  it.each([
    ['ingress-nginx', 2],
    ['nginx', 2],
    ['haproxy', 2],
    ['alb', 1],
    ['traefik', 0],
    ['other', 0],
  ])(
    'lets sockets and streams last through the Ingress of %s, unbuffered, and bodies as large as Everhook takes',
    async (controller, limits) => {
      const ingress = { enabled: true, host: 'hooks.example.com', controller };
      const manifests = await rendered([valuesFile('minimal')], { ingress });
      const annotations = Object.entries(kindOf(manifests, 'Ingress')[0]?.metadata.annotations ?? {});
      // In seconds. A sign of life comes every 15.
      const times = annotations
        .filter(([name, value]) => /timeout/.test(`${name} ${value}`))
        .map(([, value]) => Number.parseInt(value.replace(/^.*=/, ''), 10) * (value.endsWith('h') ? 3_600 : 1));
      expect(times).toHaveLength(limits);
      for (const seconds of times) expect(seconds).toBeGreaterThanOrEqual(60);
      const service = kindOf(manifests, 'Service').find(({ metadata }) => metadata.name.endsWith('-api'));
      if (controller.endsWith('nginx')) {
        const given = new Map(annotations.map(([name, value]) => [name.replace(/^.*\//, ''), value]));
        expect(['off', 'false']).toContain(given.get('proxy-buffering'));
        expect(given.get('proxy-body-size') ?? given.get('client-max-body-size')).toBe('2m');
        if (controller === 'nginx') expect(given.get('websocket-services')).toBe(service?.metadata.name);
      }
    },
  );

  it('carries the alerts of its own namespace, and the board as it is', async () => {
    const [rule] = kindOf(of('everything'), 'PrometheusRule');
    const [board] = kindOf(of('everything'), 'ConfigMap');
    const file = (path: string) => readFile(join(packageRoot, 'deploy', path), 'utf8');
    const rules = rule?.spec.groups.flatMap((group: { rules: { expr: string }[] }) => group.rules);
    for (const { expr } of rules) {
      for (const [metric] of expr.matchAll(/(everhook|temporal)_\w+(?!\w)\S{0,20}/g)) {
        expect(metric).toMatch(/^\w+\{namespace="hooks"[,}]/);
      }
    }
    const everywhere = JSON.stringify(rule?.spec)
      .replaceAll('{namespace=\\"hooks\\"}', '')
      .replaceAll('namespace=\\"hooks\\",', '');
    expect(JSON.parse(everywhere)).toEqual(readYaml(await file('prometheus/everhook.rules.yaml')));
    expect(JSON.parse(board?.data['everhook.json'])).toEqual(JSON.parse(await file('grafana/everhook.json')));
    expect(board?.metadata.labels).toHaveProperty('grafana_dashboard');
  });

  it('has network policies that let no pod reach an address that the sender refuses', () => {
    const sending = kindOf(of('minimal'), 'NetworkPolicy').find(({ metadata }) => metadata.name.endsWith('-sending'));
    const blocks = sending?.spec.egress.flatMap((rule: { to: { ipBlock: { cidr: string; except: string[] } }[] }) =>
      rule.to.map(({ ipBlock }) => ipBlock),
    );
    expect(blocks.map(({ cidr }: { cidr: string }) => cidr)).toEqual(['0.0.0.0/0', '2000::/3']);
    const refused = blocks.flatMap(({ except }: { except: string[] }) => except) as string[];
    for (const block of refused) expect(isGlobalAddress(block.split('/')[0] as string), block).toBe(false);
    const covers = (address: string) => refused.some((block) => within(address, block));
    for (const address of [
      '10.1.2.3',
      '169.254.169.254',
      '100.100.100.200',
      '192.168.0.1',
      '172.31.0.1',
      '127.0.0.1',
      '198.19.255.255',
      '239.1.1.1',
    ]) {
      expect([covers(address), isGlobalAddress(address)], address).toEqual([true, false]);
    }
    for (const address of ['1.1.1.1', '100.128.0.1', '172.32.0.1', '192.0.1.1', '198.20.0.1', '223.255.255.255']) {
      expect([covers(address), isGlobalAddress(address)], address).toEqual([false, true]);
    }
  });
});
