import { totalmem } from 'node:os';

/** Bytes that this process may take: the limit of its container, or what the machine has if there
 * is none. */
export function memoryLimitBytes(): number {
  return containerLimitBytes() ?? totalmem();
}

/** Bytes that the container allows; undefined without a limit. */
export function containerLimitBytes(): number | undefined {
  // Without a limit the system answers 0, or a number that no machine has.
  const limit = process.constrainedMemory();
  return limit === 0 || limit > totalmem() ? undefined : limit;
}
