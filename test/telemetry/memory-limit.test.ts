import { totalmem } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { containerLimitBytes, memoryLimitBytes } from '../../src/telemetry/memory-limit.ts';

const MIB = 1024 * 1024;

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['the limit of the container', 256 * MIB, 256 * MIB, 256 * MIB],
  ['what the machine has, where there is no limit', 0, undefined, totalmem()],
  ['what the machine has, where the limit is beyond it', 2 ** 64, undefined, totalmem()],
])('the memory that the process may take is %s', (_, limit, ofContainer, expected) => {
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
  expect(containerLimitBytes()).toBe(ofContainer);
  expect(memoryLimitBytes()).toBe(expected);
});
