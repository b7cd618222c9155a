import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';
import { testFilesOf } from './test/support/test-kinds.ts';
import { createTotalsReporter } from './test/support/totals-reporter.ts';

const shared = {
  pool: 'forks' as const,
  setupFiles: ['test/support/no-empty-each.ts'],
  // Tests wait for values, never for time; these bound the waiting where something is broken.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { requireAssertions: true, poll: { timeout: 30_000, interval: 20 } },
};

// The kinds of tests and what decides them: test/support/test-kinds.ts. Those of Redis begin, those
// of units fill what is left of the processors at the end; what needs the platform comes after them.
export default defineConfig({
  test: {
    reporters: ['default', createTotalsReporter()],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: testFilesOf('unit'),
          // Files share what they import: loading it again for each costs more than the tests do.
          isolate: false,
          // There is no program to start.
          env: { PATH: '/nowhere' },
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'redis',
          include: testFilesOf('redis'),
          globalSetup: ['test/support/redis-global-setup.ts'],
          // Half of the time they wait for servers.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'platform',
          include: testFilesOf('platform'),
          globalSetup: ['test/support/redis-global-setup.ts'],
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
