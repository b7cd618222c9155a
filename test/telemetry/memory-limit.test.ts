import { totalmem } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { memoryLimitBytes } from '../../src/telemetry/memory-limit.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['the limit of the container', 256 * 1024 * 1024, 256 * 1024 * 1024],
  ['what the machine has, where there is no limit', 0, totalmem()],
  ['what the machine has, where the limit is beyond it', 2 ** 64, totalmem()],
])('the memory that the process may take is %s', (_, limit, expected) => {
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
  expect(memoryLimitBytes()).toBe(expected);
});
