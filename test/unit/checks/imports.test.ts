import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../server/packageRoot.ts';

/** Files, and what each imports: by the name, types alone where it begins with `type`. */
type Sketch = Readonly<Record<string, readonly string[]>>;

let problemsOf: (graph: Map<string, Map<string, boolean>>) => string[];

beforeAll(async () => {
  ({ problemsOf } = await import(pathToFileURL(join(packageRoot, 'scripts/imports.mjs')).href));
});

function problems(sketch: Sketch): string[] {
  const graph = new Map<string, Map<string, boolean>>();
  for (const [file, imports] of Object.entries(sketch)) {
    graph.set(file, new Map(imports.map((name) => [name.replace(/^type /, ''), name.startsWith('type ')])));
    for (const name of imports) {
      const target = name.replace(/^type /, '');
      if (target.endsWith('.ts') && !graph.has(target)) graph.set(target, new Map());
    }
  }
  return problemsOf(graph);
}

describe('the check of imports', () => {
  it('lets pass what leads down', () => {
    expect(
      problems({
        'server/service.ts': ['server/http/graphql.ts', 'workflows/lifecycle.ts', 'server/engine.ts'],
        'server/http/graphql.ts': ['schema/schema.ts'],
        'schema/schema.ts': ['server/events/publish.ts'],
        'server/events/publish.ts': ['server/deliveries/routing.ts', 'server/errors.ts'],
        'workflows/deliver.ts': ['@temporalio/workflow', 'type server/deliveries/waker.ts', 'workflows/names.ts'],
        'dashboard/src/App.tsx': ['@everhook/sdk', 'react'],
      }),
    ).toEqual([]);
  });

  it.each([
    ['a domain that imports a transport', { 'server/events/publish.ts': ['server/http/body.ts'] }],
    ['a domain that imports the schema, if only types', { 'server/events/publish.ts': ['type schema/services.ts'] }],
    ['a schema that imports a transport', { 'schema/publish.ts': ['server/http/body.ts'] }],
    ['a domain that imports a workflow', { 'server/health/react.ts': ['workflows/names.ts'] }],
    ['the ground that imports a domain', { 'server/errors.ts': ['type server/events/publish.ts'] }],
    ['an SDK that imports the server', { 'client-sdk/src/index.ts': ['server/errors.ts'] }],
    ['a dashboard that imports the server', { 'dashboard/src/App.tsx': ['server/errors.ts'] }],
    ['a dashboard that reaches into the SDK', { 'dashboard/src/App.tsx': ['client-sdk/src/index.ts'] }],
    ['a product that imports its tests', { 'server/errors.ts': ['test/support/api.ts'] }],
    ['files in a circle', { 'server/json/a.ts': ['server/json/b.ts'], 'server/json/b.ts': ['type server/json/a.ts'] }],
    [
      'domains in a circle that no file closes',
      { 'server/health/a.ts': ['server/events/b.ts'], 'server/events/c.ts': ['server/health/d.ts'] },
    ],
    [
      'a module of Node in a workflow’s bundle, by way of another file',
      { 'workflows/deliver.ts': ['@temporalio/workflow', 'server/duration.ts'], 'server/duration.ts': ['node:fs'] },
    ],
  ] satisfies [string, Sketch][])('finds %s', (_, sketch) => {
    expect(problems(sketch)).toHaveLength(1);
  });
});
