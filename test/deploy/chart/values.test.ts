import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chart, containersOf, readYaml, rendered, template, valuesFile } from './chart.ts';
import { settingNames } from './settingNames.ts';

/** The paths of all values below one, such as `api.resources`. Maps and lists of Kubernetes' own count as one value. */
function paths(values: Record<string, unknown>, before = ''): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = `${before}${name}`;
    const isOpen = /(^|\.)(resources|podSecurityContext|securityContext)$/.test(path);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && !isOpen && Object.keys(value).length > 0
      ? paths(value as Record<string, unknown>, `${path}.`)
      : [path];
  });
}

const at = (values: unknown, path: string) =>
  path.split('.').reduce<unknown>((each, name) => (each as Record<string, unknown> | undefined)?.[name], values);

/** The paths of a YAML file that have a comment on the line above. */
function commented(content: string): Set<string> {
  const found = new Set<string>();
  const above: { indent: number; name: string }[] = [];
  let isComment = false;
  for (const line of content.split('\n')) {
    const [, indent = '', name] = /^( *)([\w.]+):/.exec(line) ?? [];
    if (name !== undefined) {
      while ((above.at(-1)?.indent ?? -1) >= indent.length) above.pop();
      above.push({ indent: indent.length, name });
      if (isComment) found.add(above.map((each) => each.name).join('.'));
    }
    isComment = /^ *#/.test(line);
  }
  return found;
}

const nested = (path: string, value: unknown): object =>
  path.split('.').reduceRight<unknown>((each, name) => ({ [name]: each }), value) as object;

describe('values of the Helm chart', () => {
  it('refuses values that are misspelt or of a wrong type, by their names', async () => {
    for (const [values, ...named] of [
      [{ imagee: {} }, "'imagee'"],
      [{ api: { replica: 2 } }, '/api', "'replica'"],
      [{ api: { replicas: '2' } }, '/api/replicas', 'want integer'],
      [{ ingress: { tls: true } }, '/ingress/tls', 'want object'],
      [{ ingress: { controller: 'ngnix' } }, '/ingress/controller', "'nginx'"],
      [{ settings: { EVERHOOK_RETENTION_DAY: 90 } }, '/settings', "'EVERHOOK_RETENTION_DAY'"],
      [{ settings: { EVERHOOK_RETENTION_DAYS: 1 } }, '/settings/EVERHOOK_RETENTION_DAYS'],
      [{ settings: { EVERHOOK_LOG_LEVEL: 'loud' } }, '/settings/EVERHOOK_LOG_LEVEL'],
      [{ secrets: { databaseUrl: { secret: 'x' } } }, '/secrets/databaseUrl', "'secret'"],
      [{ networkPolicy: { databasePorts: ['5432'] } }, '/networkPolicy/databasePorts/0'],
    ] as const) {
      const { code, errors } = await template([valuesFile('minimal')], values);
      expect(code, errors).toBe(1);
      for (const name of named) expect(errors).toContain(name);
    }
  });

  it('takes every setting of the product, and no other', async () => {
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const settable = Object.keys(schema.properties.settings.properties);
    // Values of their own, or of no use in a pod.
    const elsewhereSet = new Set([
      ...containersOf(await rendered([valuesFile('everything')])).flatMap(({ env }) =>
        env.map(({ name }: { name: string }) => name),
      ),
      'DATABASE_URL',
      'EVERHOOK_DATA_DIR',
      'EVERHOOK_TEMPORAL_CLI',
    ]);
    // A secret may come by a file as well; the chart gives it by the variable. OpenTelemetry’s own are taken by their prefix.
    const all = settingNames().filter((name) => !name.startsWith('OTEL_'));
    const known = all.filter((name) => !(name.endsWith('_FILE') && all.includes(name.slice(0, -'_FILE'.length))));
    expect(known).toContain('EVERHOOK_ENCRYPTION_KEYS');
    const missing = known.filter((name) => !settable.includes(name) && !elsewhereSet.has(name));
    expect(missing, 'add these to settings in deploy/helm/everhook/values.schema.json and ci/everything.yaml').toEqual(
      [],
    );
    expect(settable.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('uses every value, each of which is documented and has a schema', async () => {
    const content = await readFile(join(chart, 'values.yaml'), 'utf8');
    const defaults = readYaml(content);
    const everything = readYaml(await readFile(valuesFile('everything'), 'utf8'));
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const names = paths(defaults);
    expect(names.length).toBeGreaterThan(80);

    const comments = commented(content);
    const parent = (path: string) => path.replace(/\.\w+$/, '');
    expect(names.filter((path) => !comments.has(path) && !comments.has(parent(path)))).toEqual([]);

    const schemaOf = (path: string) =>
      path.split('.').reduce((each, name) => {
        const own = each?.properties?.[name];
        return own?.$ref ? schema.$defs[own.$ref.split('/').at(-1)] : own;
      }, schema);
    expect(names.filter((path) => schemaOf(path) === undefined)).toEqual([]);

    // Each value of the installation with everything, taken back to its default, changes what is rendered.
    const before = (await template([valuesFile('everything')])).output;
    const unused: string[] = [];
    // Those that something else there has priority over.
    const exempt = /^(secrets\.\w+\.(existingSecret|key|value)|image\.tag|ingress\.controller|(api|worker)\.replicas)$/;
    const tried = names.filter((path) => !exempt.test(path));
    for (const path of tried) {
      const given = at(everything, path);
      const value = at(defaults, path);
      if (given === undefined || JSON.stringify(given) === JSON.stringify(value)) {
        const other = typeof value === 'boolean' ? !value : undefined;
        if (other === undefined) unused.push(`${path}: ci/everything.yaml has no other value`);
        else if ((await template([valuesFile('everything')], nested(path, other))).output === before) unused.push(path);
        continue;
      }
      const replaced = structuredClone(everything);
      path
        .split('.')
        .slice(0, -1)
        .reduce((each, name) => each[name], replaced)[path.split('.').at(-1) as string] = value;
      if ((await template([], replaced)).output === before) unused.push(path);
    }
    expect(unused).toEqual([]);
    const minimal = (await template([valuesFile('minimal')])).output;
    for (const path of ['api.replicas', 'worker.replicas', 'image.tag']) {
      const value = path === 'image.tag' ? '9.9.9' : 9;
      expect((await template([valuesFile('minimal')], nested(path, value))).output, path).not.toBe(minimal);
    }
  });
});
