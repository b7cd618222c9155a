// How many violations a report says there are: of more than are looked for, that there may be more.

import { expect, test } from 'vitest';
import { verdictText } from '../../src/commands/flow-report.ts';
import { VIOLATIONS_MAX } from '../../src/session/flow/violation.ts';

test.each([
  [1, 'refused, 1 violations'],
  [VIOLATIONS_MAX - 1, `refused, ${VIOLATIONS_MAX - 1} violations`],
  [VIOLATIONS_MAX, `refused, ${VIOLATIONS_MAX} violations or more`],
])('%d violations', (count, text) => {
  const violation = { pointer: '/variables/a', keyword: 'type', message: 'must be a number' };
  const violations = Array.from({ length: count }, () => violation);
  const parts = { variables: undefined, context: undefined };
  const file = {
    name: 'default.json',
    flowId: 'default',
    file: {},
    problems: [],
    slow: [],
    inForce: 'this' as const,
  };
  const [head = '', ...lines] = verdictText({
    name: 'body.json',
    posted: { ...parts, flowId: 'f' },
    file,
    validated: { ...parts, violations },
  });
  expect(head.endsWith(text)).toBe(true);
  expect(lines).toHaveLength(count);
});
