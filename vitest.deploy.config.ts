import { defineConfig } from 'vitest/config';

/** What is deployed: image, compose file, chart, packages, alerts. These need Debian's tools and helm, which `npm test` must not need. */
export default defineConfig({
  test: {
    name: 'deploy',
    include: ['test/deploy/**/*.test.ts'],
    // One builds an image while another waits for a container.
    maxWorkers: 2,
    globalSetup: ['test/support/parts.ts'],
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
});
