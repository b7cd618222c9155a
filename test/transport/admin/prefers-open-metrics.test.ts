import { expect, test } from 'vitest';
import { prefersOpenMetrics } from '../../../src/transport/admin/prefers-open-metrics.ts';

const OPEN = 'application/openmetrics-text';

test.each([
  // As Prometheus 2 and 3 ask.
  [
    `${OPEN};version=1.0.0;q=0.5,${OPEN};version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
  ],
  [
    `${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.6,${OPEN};version=0.0.1;q=0.5,` +
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2',
  ],
  [OPEN],
  [` ${OPEN} ; version=1.0.0`],
  ['Application/OpenMetrics-Text, text/plain'],
])('OpenMetrics is preferred by %s', (accept) => {
  expect(prefersOpenMetrics(accept)).toBe(true);
});

test.each([
  [undefined],
  [''],
  ['*/*'],
  ['text/plain'],
  [`${OPEN};q=0`],
  [`${OPEN};q=0, */*;q=0`],
  [`${OPEN};q=0.5, text/plain`],
  [`${OPEN};q=0.2, */*;q=0.9`],
  [`${OPEN};version=2.0.0`],
  [`${OPEN};q=high`],
  ['application/json'],
])('and is not by %s', (accept) => {
  expect(prefersOpenMetrics(accept)).toBe(false);
});
