import { defineConfig } from 'vitest/config';
import { createTotalsReporter } from './test/support/totals-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', createTotalsReporter()],
    globalSetup: ['test/support/redis-global-setup.ts'],
    // Two cores, shared with the Redis servers that the tests start.
    pool: 'forks',
    maxWorkers: 2,
    // Tests wait for values, never for time; these bound the waiting where something is broken.
    testTimeout: 20_000,
    hookTimeout: 40_000,
  },
});
