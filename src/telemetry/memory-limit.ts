import { totalmem } from 'node:os';

/** Bytes that this process may take: the limit of its container, or what the machine has if there
 * is none. */
export function memoryLimitBytes(): number {
  // Without a limit the system answers 0, or a number that no machine has.
  const limit = process.constrainedMemory();
  return limit === 0 ? totalmem() : Math.min(limit, totalmem());
}
