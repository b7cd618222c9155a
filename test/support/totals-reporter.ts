// The last line of a test run, for programs that read it: `N passed, N failed`.
//
// Whatever makes a run fail counts as failed, not only tests: a file that cannot be loaded, a hook
// that threw, an error that nobody caught. So a run that failed never ends with "0 failed".

import type { Reporter, TestModule } from 'vitest/node';

/** A reporter that writes the totals, a line of their own, once everything has run. */
export function createTotalsReporter(write: (line: string) => void = toStandardOutput): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors, reason) {
      const tests = modules.flatMap((module) => [...module.children.allTests()]);
      const passed = tests.filter((test) => test.result().state === 'passed').length;
      const failedTests = tests.filter((test) => test.result().state === 'failed').length;
      const failed =
        failedTests + modules.flatMap(errorsOutsideTests).length + unhandledErrors.length;
      const isFailedAnyway = failed === 0 && (passed === 0 || reason !== 'passed');
      write(`${passed} passed, ${isFailedAnyway ? 1 : failed} failed\n`);
    },
  };
}

/** Errors of a file and of its suites: loading, and hooks that run once. */
function errorsOutsideTests(module: TestModule): readonly unknown[] {
  return [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ];
}

function toStandardOutput(line: string): void {
  process.stdout.write(line);
}
