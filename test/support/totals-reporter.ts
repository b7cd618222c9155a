// The last line of a test run, for programs that read it: `N passed, N failed`.
//
// Whatever makes a run fail counts as failed, not only tests: a file that cannot be loaded, a hook
// that threw, an error that nobody caught. So does a test that was skipped, since what it proves is
// not proved; only a run that was asked for some tests by their names may leave out the others.
// A run that failed never ends with "0 failed", and one that ends with another number fails.

import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** A reporter that writes the totals, a line of their own, once everything has run. */
export function createTotalsReporter(write: (line: string) => void = toStandardOutput): Reporter {
  let vitest: Vitest | undefined;
  return {
    onInit(started) {
      vitest = started;
    },
    onTestRunEnd(modules, unhandledErrors, reason) {
      const states = modules
        .flatMap((module) => [...module.children.allTests()])
        .map((test) => test.result().state);
      const isSelective = vitest?.config.testNamePattern !== undefined;
      const passed = states.filter((state) => state === 'passed').length;
      const failedTests = states.filter(
        (state) => state !== 'passed' && !(isSelective && state === 'skipped'),
      ).length;
      const failed =
        failedTests + modules.flatMap(errorsOutsideTests).length + unhandledErrors.length;
      const isFailedAnyway = failed === 0 && (passed === 0 || reason !== 'passed');
      if (failed > 0 || isFailedAnyway) process.exitCode ||= 1;
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
