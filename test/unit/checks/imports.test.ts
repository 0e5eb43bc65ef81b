import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

/** Files, and what each imports: by the name, types alone where it begins with `type`. */
type Sketch = Readonly<Record<string, readonly string[]>>;

let problemsOf: (graph: Map<string, Map<string, boolean>>) => string[];
let importProblems: (base?: string) => Promise<string[]>;
let folders: readonly string[];

beforeAll(async () => {
  ({ problemsOf, importProblems, folders } = await import(
    pathToFileURL(join(packageRoot, 'scripts/imports.mjs')).href
  ));
});

function problems(sketch: Sketch): string[] {
  const graph = new Map<string, Map<string, boolean>>();
  for (const [file, imports] of Object.entries(sketch)) {
    graph.set(file, new Map(imports.map((name) => [name.replace(/^type /, ''), name.startsWith('type ')])));
    for (const name of imports) {
      const target = name.replace(/^type /, '');
      if (/\.(ts|mjs)$/.test(target) && !graph.has(target)) graph.set(target, new Map());
    }
  }
  return problemsOf(graph);
}

describe('the check of imports', () => {
  it('lets pass what leads down', () => {
    expect(
      problems({
        'server/processes/service.ts': [
          'server/http/graphql.ts',
          'workflows/client/temporal.ts',
          'core/composition/platform.ts',
        ],
        'server/http/graphql.ts': ['schema/schema.ts'],
        'schema/schema.ts': ['core/events/publish.ts'],
        'core/events/publish.ts': ['core/deliveries/routing.ts', 'core/ground/errors.ts'],
        'schema/builder.ts': ['@pothos/core', 'graphql', 'schema/generated/prisma-types.ts'],
        'schema/generated/prisma-types.ts': ['type core/store/prisma/client.ts'],
        'core/store/prisma/client.ts': ['core/store/prisma/models.ts', 'node:path'],
        'core/store/prisma/models.ts': ['core/store/prisma/client.ts'],
        'workflows/client/temporal.ts': ['@temporalio/client', '@grpc/grpc-js'],
        'client-sdk/src/live/webSocket.ts': ['ws', 'graphql-ws/client'],
        'workflows/deliver.ts': ['@temporalio/workflow', 'type core/deliveries/waker.ts', 'workflows/names.ts'],
        'dashboard/src/App.tsx': ['@everhook/sdk', 'react', 'client-sdk/src/generated/operations.ts'],
      }),
    ).toEqual([]);
  });

  it.each([
    ['a domain that imports a transport', { 'core/events/publish.ts': ['server/http/body.ts'] }],
    ['a domain that imports the schema, if only types', { 'core/events/publish.ts': ['type schema/services.ts'] }],
    ['a schema that imports a transport', { 'schema/publish.ts': ['server/http/body.ts'] }],
    ['a domain that imports a workflow', { 'core/health/react.ts': ['workflows/names.ts'] }],
    ['the ground that imports a domain', { 'core/ground/errors.ts': ['type core/events/publish.ts'] }],
    ['an SDK that imports the server', { 'client-sdk/src/index.ts': ['core/ground/errors.ts'] }],
    ['a dashboard that imports the server', { 'dashboard/src/App.tsx': ['core/ground/errors.ts'] }],
    ['a dashboard that reaches into the SDK', { 'dashboard/src/App.tsx': ['client-sdk/src/index.ts'] }],
    ['a product that imports its tests', { 'core/ground/errors.ts': ['test/support/api.ts'] }],
    ['files in a circle', { 'core/json/a.ts': ['core/json/b.ts'], 'core/json/b.ts': ['type core/json/a.ts'] }],
    ['a domain that knows Temporal', { 'core/deliveries/routing.ts': ['@temporalio/client'] }],
    ['a domain that knows Temporal’s errors', { 'core/deliveries/routing.ts': ['type @grpc/grpc-js'] }],
    ['a domain that knows GraphQL', { 'core/events/publish.ts': ['graphql/error/index.js'] }],
    ['a domain that knows the schema’s builder', { 'core/events/publish.ts': ['type @pothos/core'] }],
    ['a composition that serves sockets', { 'core/composition/platform.ts': ['ws'] }],
    ['the ground that knows a database', { 'core/ground/errors.ts': ['type pg'] }],
    ['a schema that knows its transport', { 'schema/schema.ts': ['graphql-yoga'] }],
    ['a schema that knows Temporal', { 'schema/retry.ts': ['type @temporalio/client'] }],
    ['a workflow that knows GraphQL', { 'workflows/client/temporal.ts': ['graphql'] }],
    ['a transport that knows Temporal', { 'server/http/probes.ts': ['@temporalio/client'] }],
    ['an SDK with a package that it does not name', { 'client-sdk/src/index.ts': ['undici'] }],
    ['an SDK that needs Node', { 'client-sdk/src/index.ts': ['node:crypto'] }],
    ['a dashboard with a package that it does not name', { 'dashboard/src/App.tsx': ['graphql'] }],
    ['a generated file that climbs', { 'schema/generated/prisma-types.ts': ['server/http/body.ts'] }],
    ['a file that climbs to a generated one', { 'core/store/rows.ts': ['type schema/generated/prisma-types.ts'] }],
    ['an example that reaches into the product', { 'examples/receive.mjs': ['core/ground/errors.ts'] }],
    ['a product that imports a script', { 'local/cache.ts': ['scripts/step.mjs'] }],
    [
      'domains in a circle that no file closes',
      { 'core/health/a.ts': ['core/events/b.ts'], 'core/events/c.ts': ['core/health/d.ts'] },
    ],
    [
      'a folder of the server in a circle with the folder within it',
      { 'server/http/a.ts': ['server/http/yoga/b.ts'], 'server/http/yoga/c.ts': ['server/http/d.ts'] },
    ],
    [
      'a module of Node in a workflow’s bundle, by way of another file',
      {
        'workflows/deliver.ts': ['@temporalio/workflow', 'core/ground/duration.ts'],
        'core/ground/duration.ts': ['node:fs'],
      },
    ],
  ] satisfies [string, Sketch][])('finds %s', (_, sketch) => {
    expect(problems(sketch)).toHaveLength(1);
  });

  it('reads generated files, examples and scripts, and finds what leads to no file and to code that it does not read', async () => {
    const base = await mkdtemp(join(tmpdir(), 'everhook imports '));
    const files = {
      'core/ground/a.ts': "import './gone.ts';\nexport * from './b.ts';\nimport('./late.ts');",
      'core/ground/b.ts': "import { root } from '../../codegen.ts';",
      'codegen.ts': '',
      'schema/generated/types.ts': "import type { A } from '../../server/http/a.ts';",
      'server/http/a.ts': "import data from './a.json' with { type: 'json' };",
      'server/http/a.json': '{}',
      'examples/a.mjs': "import '../core/ground/b.ts';",
      'scripts/a.mjs': "import '../test/support/a.ts';",
    };
    try {
      for (const folder of folders) await mkdir(join(base, folder), { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        await mkdir(dirname(join(base, file)), { recursive: true });
        await writeFile(join(base, file), text);
      }
      const found = await importProblems(base);
      expect(found.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
        'core/ground/a.ts imports core/ground/gone.ts',
        'core/ground/a.ts imports core/ground/late.ts',
        'core/ground/b.ts imports codegen.ts',
        'schema/generated/types.ts imports server/http/a.ts',
        'examples/a.mjs imports core/ground/b.ts',
        'scripts/a.mjs imports test/support/a.ts',
      ]);
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });
});
