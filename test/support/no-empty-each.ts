// Before each test file: a list of cases that is empty is an error. `each` and `for` declare no
// test of it, and a run without that test passes.

import { describe, it, test } from 'vitest';

for (const declare of [test, it, describe]) {
  for (const method of ['each', 'for'] as const) {
    const declareCases = declare[method] as (...given: unknown[]) => unknown;
    const checked = (...given: unknown[]): unknown => {
      if (Array.isArray(given[0]) && given[0].length === 0)
        throw new Error(`${method}() is given no case, so it would declare no test`);
      return declareCases.apply(declare, given);
    };
    Object.defineProperty(declare, method, { value: checked });
  }
}
