import { describe, expect, test } from 'vitest';
import { configOf, read } from './reading.ts';

describe('durations', () => {
  test.each([
    ['24h', 86_400_000],
    ['90m', 5_400_000],
    ['1h30m', 5_400_000],
    ['45s', 45_000],
    ['400d', 34_560_000_000],
    ['PT24H', 86_400_000],
    ['P7D', 604_800_000],
    ['P2W', 1_209_600_000],
    ['P1DT1M', 86_460_000],
    ['3600', 3_600_000],
    ['1', 1000],
  ])('%s is %d ms', (text, ms) => {
    expect(configOf({ SESSION_TTL: text }).session.sessionTtlMs).toBe(ms);
  });

  test.each(['24H', 'P', 'PT', 'P1M', 'P1Y', '1.5h', '24 h', 'h', 'P1D2H', '-1h', '30m1h'])(
    '%s is none',
    (text) => {
      expect(read({ SESSION_TTL: text }).problems).toHaveLength(1);
    },
  );
});
