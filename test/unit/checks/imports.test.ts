import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

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
        'server/processes/service.ts': [
          'server/http/graphql.ts',
          'workflows/client/temporal.ts',
          'core/composition/platform.ts',
        ],
        'server/http/graphql.ts': ['schema/schema.ts'],
        'schema/schema.ts': ['core/events/publish.ts'],
        'core/events/publish.ts': ['core/deliveries/routing.ts', 'core/ground/errors.ts'],
        'workflows/deliver.ts': ['@temporalio/workflow', 'type core/deliveries/waker.ts', 'workflows/names.ts'],
        'dashboard/src/App.tsx': ['@everhook/sdk', 'react'],
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
    [
      'domains in a circle that no file closes',
      { 'core/health/a.ts': ['core/events/b.ts'], 'core/events/c.ts': ['core/health/d.ts'] },
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
});
