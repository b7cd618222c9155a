import { defineConfig } from 'vitest/config';
import { createTotalsReporter } from './test/support/totals-reporter.ts';

const shared = {
  globalSetup: ['test/support/redis-global-setup.ts'],
  pool: 'forks' as const,
  // Tests wait for values, never for time; these bound the waiting where something is broken.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000, interval: 20 } },
};

/** What needs tools that npm does not have: a container engine, Helm, Prometheus' tools, the
 * conformance suite of Connect, clients of Go and Python. */
const ON_THE_PLATFORM = [
  'test/helm/**/*.test.ts',
  'test/image/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/clients/**/*.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', createTotalsReporter()],
    // Two cores, shared with the Redis servers that the tests start.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'service',
          include: ['test/**/*.test.ts'],
          exclude: ON_THE_PLATFORM,
        },
      },
      {
        test: {
          ...shared,
          name: 'helm',
          include: ON_THE_PLATFORM,
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
