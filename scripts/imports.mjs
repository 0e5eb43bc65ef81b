// Reads from the code which file imports which, and finds imports that docs/architecture.md does not allow.
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';
import { root } from './step.mjs';

/** The folders whose code is read. */
export const folders = [
  'core',
  'schema',
  'workflows',
  'server',
  'local',
  'start',
  'demo',
  'bench',
  'prisma',
  'examples',
  'scripts',
  'client-sdk/src',
  'cli/src',
  'client-react/src',
  'dashboard/src',
];

/** Code that the build generates. Its circles are nobody's to mend, but all else holds for it, too. */
const generated = /\/(generated|store\/prisma)\//;

const graphql = /^(graphql|graphql-[^/]+|@pothos\/[^/]+|@graphql-[^/]+\/[^/]+)(\/|$)/;
const temporal = /^(@temporalio|@grpc)\//;
const serving = /^(graphql-(yoga|ws|sse)|@graphql-yoga\/[^/]+|ws)(\/|$)/;
const database = /^(pg|@prisma\/[^/]+)(\/|$)/;
const http = /^node:(http|https|http2)$/;

/**
 * The floors of the product, the lowest first. A file lies on the first whose pattern its path fits, and imports from that floor
 * and from those below it, but no package that `never` names.
 */
const floors = [
  { name: 'the SDK', files: /^client-sdk\//, never: [] },
  { name: 'the ground', files: /^core\/(ground|json|fairness)\//, never: [graphql, temporal, serving, database, http] },
  { name: 'the domain', files: /^core\/(?!composition\/)/, never: [graphql, temporal, serving] },
  { name: 'the composition', files: /^core\/composition\//, never: [graphql, temporal, serving] },
  { name: 'the schema', files: /^schema\//, never: [temporal, serving, http] },
  { name: 'the workflows', files: /^workflows\//, never: [graphql, serving] },
  { name: 'the transports', files: /^server\/(?!processes\/)/, never: [temporal] },
  { name: 'the processes', files: /^server\/processes\//, never: [] },
  { name: 'the commands', files: /^(local|start|demo|bench|prisma)\//, never: [] },
];

/** Folders that import no file of another folder, and whose files no other folder imports. */
const apart = /^(cli\/src|dashboard\/src|client-react\/src|examples|scripts)\//;

function dependenciesOf(folder) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return Object.keys({ ...dependencies, ...peerDependencies });
}

/**
 * What the dashboard imports nonetheless: the text of a query that the SDK has no function for. It must be one of the operations
 * that the build collects, because an installation may serve only these (trusted documents).
 */
const isOperation = (file, target) =>
  file.startsWith('dashboard/src/') && target === 'client-sdk/src/generated/operations.ts';

/** Packages of their own import only what their own package.json names; those for browsers no module of Node, either. */
const ownPackages = [
  [/^client-sdk\/src\//, 'the SDK', dependenciesOf('client-sdk')],
  [/^cli\/src\//, 'the CLI', [...dependenciesOf('cli'), ...builtinModules.map((name) => `node:${name}`)]],
  [/^client-react\/src\//, 'the React package', dependenciesOf('client-react')],
  [/^dashboard\/src\//, 'the dashboard', dependenciesOf('dashboard')],
];

/** What a workflow's bundle may hold beside this repository's code. */
const inWorkflows = /^@temporalio\/(workflow|common)$/;

const isCode = (file) => /\.([cm]?[jt]s|tsx)$/.test(file);
const isTest = (file) => /^(test|client-sdk\/test)\//.test(file);

async function sourceFiles(base) {
  const found = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(base, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name).slice(base.length + 1);
      if (entry.isFile() && isCode(file)) found.push(file);
    }
  }
  return found;
}

/**
 * @returns what each file imports, and whether only types; paths from the root, packages by their names. And a line for each
 *   import of a file that is not there, or that no rule reads
 */
async function readImports(base) {
  const graph = new Map();
  const problems = [];
  const files = new Set(await sourceFiles(base));
  for (const file of files) {
    const text = await readFile(join(base, file), 'utf8');
    const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module;
    const imports = new Map();
    const add = (name, typeOnly) => {
      const isPath = name.startsWith('.');
      const target = isPath ? normalize(join(dirname(file), name)) : name;
      if (isPath && !files.has(target) && !isTest(target)) {
        if (!existsSync(join(base, target))) problems.push(`${file} imports ${target}: there is no such file`);
        else if (isCode(target)) problems.push(`${file} imports ${target}: it lies in none of ${folders.join(', ')}`);
      } else imports.set(target, (imports.get(target) ?? true) && typeOnly);
    };
    for (const { moduleRequest, entries } of staticImports) {
      add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType));
    }
    for (const { entries } of staticExports) {
      for (const { moduleRequest, isType } of entries) if (moduleRequest) add(moduleRequest.value, isType);
    }
    for (const { moduleRequest } of dynamicImports) {
      const name = text.slice(moduleRequest.start, moduleRequest.end);
      if (/^['"]/.test(name)) add(name.slice(1, -1), false);
    }
    graph.set(file, imports);
  }
  return { graph, problems };
}

/** Each set of nodes that lead to one another (Tarjan's strongly connected components). */
function circles(graph) {
  const [index, low, stack, found] = [new Map(), new Map(), [], []];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) found.push(circle);
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

const floorOf = (file) => floors.findIndex(({ files }) => files.test(file));

/** Files that belong together: a subject of the domain, or a folder of the server, the CLI or the dashboard; elsewhere each file stands alone. */
const partOf = (file) => /^(core\/[^/]+|(?:server|cli\/src|dashboard\/src)\/.+)\//.exec(file)?.[1] ?? file;

function* climbs(graph) {
  for (const [file, imports] of graph) {
    for (const target of imports.keys()) {
      if (isTest(target)) yield `${file} imports ${target}: the product must not import its tests`;
      if (!graph.has(target) || isOperation(file, target)) continue;
      const [from, to] = [floorOf(file), floorOf(target)];
      if (apart.exec(file)?.[0] !== apart.exec(target)?.[0]) {
        yield `${file} imports ${target}: the CLI, the dashboard, the React package, the examples and the scripts import no file of another folder, and nothing imports them`;
      } else if (to > from)
        yield `${file} imports ${target}: ${floors[from].name} must not import ${floors[to].name}, above it`;
    }
  }
}

/** Packages that a floor must not know. */
function* packages(graph) {
  for (const [file, imports] of graph) {
    const floor = floors[floorOf(file)];
    const own = ownPackages.find(([files]) => files.test(file));
    for (const target of imports.keys()) {
      if (graph.has(target) || isTest(target)) continue;
      if (floor?.never.some((pattern) => pattern.test(target)))
        yield `${file} imports ${target}: ${floor.name} must not know this package`;
      if (own && !own[2].some((name) => target === name || target.startsWith(`${name}/`)))
        yield `${file} imports ${target}: ${own[1]} imports only the dependencies in its own package.json`;
    }
  }
}

function* turns(graph) {
  const files = new Map([...graph].map(([file, imports]) => [file, [...imports.keys()]]));
  for (const circle of circles(files))
    if (!circle.every((file) => generated.test(file))) yield `a circle of files: ${circle.join(', ')}`;
  const parts = new Map();
  for (const [file, targets] of files) {
    const part = partOf(file);
    if (!parts.has(part)) parts.set(part, new Set());
    for (const target of targets) if (files.has(target) && partOf(target) !== part) parts.get(part).add(partOf(target));
  }
  for (const circle of circles(parts)) {
    const arrows = circle.flatMap((part) => {
      const inside = (target) => circle.includes(partOf(target)) && partOf(target) !== part;
      return [...files].flatMap(([file, targets]) =>
        partOf(file) === part
          ? targets.filter((target) => files.has(target) && inside(target)).map((target) => `  ${file} → ${target}`)
          : [],
      );
    });
    yield [`a circle of folders: ${circle.join(', ')}`, ...arrows].join('\n');
  }
}

/** Workflow code is replayed from its history: its bundle must use no clock, no randomness and no network. */
function* bundles(graph) {
  const begin = [...graph].filter(([, imports]) => imports.get('@temporalio/workflow') === false).map(([file]) => file);
  const seen = new Set(begin);
  for (const file of seen) {
    for (const [target, typeOnly] of graph.get(file)) {
      if (typeOnly) continue;
      if (graph.has(target)) seen.add(target);
      else if (!inWorkflows.test(target)) yield `${file} imports ${target}, and is bundled with the workflows`;
    }
  }
}

/**
 * @param graph - files' paths from the root to what each imports: paths or names of packages, and whether only types
 * @returns the imports that docs/architecture.md does not allow, a line each
 */
export const problemsOf = (graph) => [...climbs(graph), ...packages(graph), ...turns(graph), ...bundles(graph)];

/** @param base - the folder that holds the repository's folders */
export async function importProblems(base = root) {
  const { graph, problems } = await readImports(base);
  return [...problems, ...problemsOf(graph)];
}
