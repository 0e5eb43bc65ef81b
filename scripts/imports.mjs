// Reads from the code which file imports which, and finds imports that docs/architecture.md does not allow.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';
import { root } from './step.mjs';

const folders = [
  'core',
  'schema',
  'workflows',
  'server',
  'local',
  'start',
  'demo',
  'bench',
  'prisma',
  'client-sdk/src',
  'dashboard/src',
];

const generated = /\/(generated|store\/prisma)\//;

/**
 * The floors of the product, the lowest first. A file lies on the first whose pattern its path fits, and imports from that floor
 * and from those below it.
 */
const floors = [
  ['the SDK', /^client-sdk\//],
  ['the ground', /^core\/(ground|json|fairness)\//],
  ['the domain', /^core\/(?!composition\/)/],
  ['the composition', /^core\/composition\//],
  ['the schema', /^schema\//],
  ['the workflows', /^workflows\//],
  ['the transports', /^server\/(?!processes\/)/],
  ['the processes', /^server\/processes\//],
  ['the commands', /^(local|start|demo|bench|prisma)\//],
];

/** What a workflow's bundle may hold beside this repository's code. */
const inWorkflows = /^@temporalio\/(workflow|common)$/;

async function sourceFiles() {
  const found = [];
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name).slice(root.length + 1);
      if (entry.isFile() && /\.tsx?$/.test(file) && !generated.test(file)) found.push(file);
    }
  }
  return found;
}

/** @returns what each file imports, and whether only types; paths from the root, packages by their names */
async function readImports() {
  const graph = new Map();
  for (const file of await sourceFiles()) {
    const text = await readFile(join(root, file), 'utf8');
    const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module;
    const imports = new Map();
    const add = (name, typeOnly) => {
      const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
      imports.set(target, (imports.get(target) ?? true) && typeOnly);
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
  return graph;
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

const floorOf = (file) => floors.findIndex(([, pattern]) => pattern.test(file));

/** Files that belong together: a folder of a domain or of the dashboard; elsewhere each file stands alone. */
const partOf = (file) => /^(core|server|dashboard\/src)\/[^/]+(?=\/)/.exec(file)?.[0] ?? file;

function* climbs(graph) {
  for (const [file, imports] of graph) {
    for (const target of imports.keys()) {
      if (/^(test|client-sdk\/test)\//.test(target))
        yield `${file} imports ${target}: the product must not import its tests`;
      if (!graph.has(target)) continue;
      const [from, to] = [floorOf(file), floorOf(target)];
      if (file.startsWith('dashboard/') !== target.startsWith('dashboard/')) {
        yield `${file} imports ${target}: the dashboard imports only the SDK's package, and nothing imports the dashboard`;
      } else if (to > from)
        yield `${file} imports ${target}: ${floors[from][0]} must not import ${floors[to][0]}, above it`;
    }
  }
}

function* turns(graph) {
  const files = new Map([...graph].map(([file, imports]) => [file, [...imports.keys()]]));
  for (const circle of circles(files)) yield `a circle of files: ${circle.join(', ')}`;
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
export const problemsOf = (graph) => [...climbs(graph), ...turns(graph), ...bundles(graph)];

export const importProblems = async () => problemsOf(await readImports());
