import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'client-sdk/test/**/*.test.ts'] } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], globalSetup: ['test/support/parts.ts'], testTimeout: 20_000, hookTimeout: 60_000 } },
      { test: { name: 'workflow', include: ['test/workflow/**/*.test.ts'], globalSetup: ['test/support/parts.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], globalSetup: ['test/support/parts.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
