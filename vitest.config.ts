import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// GraphQL refuses values of a second copy of itself. Packages get its CommonJS files from Node, so our sources must, too;
// Vite alone would give them the ES modules.
const resolve = { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] };
/**
 * More than there are cores: tests mostly wait for PostgreSQL, for Temporal, for a browser. The same for all projects, and so one
 * goes on where another has its last, long file.
 */
const maxWorkers = availableParallelism() + 1;
/** What is imported is imported once a worker, not once a file, which takes a third of the time: modules keep no state that a test would mind. */
const isolate = false;
/** What is expected in time is waited for: a busy machine takes far longer than the usual second. */
const expected = { poll: { timeout: 30_000 } };
const common = { expect: expected, maxWorkers, isolate };
const parts = 'test/support/parts.ts';
const browser = 'test/support/chromiumPath.ts';

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          ...common,
          include: ['test/unit/**/*.test.ts', 'client-sdk/test/**/*.test.ts'],
          // Properties are tried with hundreds of values: on a busy machine that takes its time.
          testTimeout: 60_000,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          ...common,
          include: ['test/{integration,clients}/**/*.test.ts'],
          globalSetup: [parts],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        test: {
          name: 'workflow',
          ...common,
          include: ['test/workflow/**/*.test.ts'],
          globalSetup: [parts],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'e2e',
          ...common,
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: [parts, browser],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        resolve,
        // Installations are backed up, upgraded and taken apart here.
        test: {
          name: 'operate',
          ...common,
          include: ['test/operate/**/*.test.ts'],
          globalSetup: [parts],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        // Whole installations are killed and flooded here.
        test: {
          name: 'faults',
          ...common,
          include: ['test/faults/**/*.test.ts'],
          globalSetup: [parts],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
