import { expect, test } from 'vitest';
import { heapFlags } from '../../src/process/heap-flags.ts';

const MIB = 1024 * 1024;
const ALWAYS = ['--no-allocation-site-pretenuring', '--heap-growing-percent=80'];

test.each([
  [24, 12, 1],
  [128, 64, 4],
  [200, 100, 4],
  [256, 128, 8],
  [512, 256, 16],
  [1024, 512, 16],
  [24_000, 12_000, 16],
])('of %i MiB, %i are for old objects and %i for each semi-space', (limit, old, semiSpace) => {
  const flags = [`--max-old-space-size=${old}`, `--max-semi-space-size=${semiSpace}`, ...ALWAYS];
  expect(heapFlags(limit * MIB)).toEqual(flags);
});

test('without a limit, a process keeps to what 512 MiB would allow', () => {
  expect(heapFlags()).toEqual(heapFlags(512 * MIB));
});

test.each([
  ['--max-old-space-size=99', '--max-semi-space-size=8'],
  ['--stack-size=900 --max-old-space-size-percentage=70', '--max-semi-space-size=8'],
  ['--max-semi-space-size=16', '--max-old-space-size=128'],
])('a size that is given is kept: %s', (given, other) => {
  expect(heapFlags(256 * MIB, ['--trace-gc', given])).toEqual([other, ...ALWAYS]);
});
