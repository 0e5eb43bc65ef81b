import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse, parseAllDocuments } from 'yaml';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import type { Manifest } from '../kubernetesSchemas.ts';
import { tool } from '../tool.ts';

export const chart = join(packageRoot, 'deploy', 'helm', 'everhook');
/** Values of installations that the chart is tried with. */
export const installations = [
  'minimal',
  'everything',
  'existing-secrets',
  'ipv6-without-ingress',
  'temporal-cloud-argo-cd',
] as const;
export const valuesFile = (name: (typeof installations)[number]) => join(chart, 'ci', `${name}.yaml`);

export interface HelmResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** @param input - values that `--values -` reads */
export async function helm(args: readonly string[], input: object = {}): Promise<HelmResult> {
  const child = spawn(tool('helm'), args, { stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(input));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, output, errors };
}

/** What `helm template` answers to a values file, and to values that override it. */
export function template(files: readonly string[], values: object = {}): Promise<HelmResult> {
  const given = files.flatMap((file) => ['--values', file]);
  // A helm that Go has installed supposes an old Kubernetes.
  const cluster = ['--kube-version', '1.37.0', '--namespace', 'hooks'];
  return helm(['template', 'hooks', chart, ...cluster, ...given, '--values', '-'], values);
}

/** The objects that an installation consists of. @throws what helm says, if it refuses */
export async function rendered(files: readonly string[], values: object = {}): Promise<Manifest[]> {
  const { code, output, errors } = await template(files, values);
  if (code !== 0) throw new Error(errors);
  return parseAllDocuments(output)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** A file of YAML, read. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows what it reads.
export const readYaml = (content: string): any => parse(content);

// biome-ignore lint/suspicious/noExplicitAny: the schemas say what is in it.
type Any = any;

export const kindOf = (manifests: readonly Manifest[], kind: string) => manifests.filter((each) => each.kind === kind);

/** The pod of a Deployment or of a Job. */
export const podOf = (manifest: Manifest): Any => manifest.spec?.template ?? null;
/** Objects that run pods. */
export const workloads = (manifests: readonly Manifest[]) => manifests.filter((each) => podOf(each) !== null);
export const containersOf = (manifests: readonly Manifest[]): Any[] =>
  manifests.flatMap((manifest) => podOf(manifest)?.spec.containers ?? []);

/**
 * The environment of a container, as a pod gets it.
 *
 * @param secrets - Secrets that are not of the chart: name → key → value
 */
export function environmentOf(
  container: Any,
  manifests: readonly Manifest[],
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Record<string, string> {
  const secretValue = ({ name, key }: { name: string; key: string }) => {
    const own = manifests.find((each) => each.kind === 'Secret' && each.metadata.name === name);
    const value = own === undefined ? secrets[name]?.[key] : Buffer.from(own.data[key] ?? '', 'base64').toString();
    if (!value) throw new Error(`There is no key ${key} in a Secret ${name}.`);
    return value;
  };
  return Object.fromEntries(
    container.env
      .filter((each: Any) => each.value !== undefined || each.valueFrom?.secretKeyRef)
      .map((each: Any) => [each.name, each.value ?? secretValue(each.valueFrom.secretKeyRef)]),
  );
}
