import { vi } from 'vitest';

/** Asks again and again until that does not throw, and gives what came of it. Vitest's own gives
 * a busy machine no more than a second. */
export function waitFor<Value>(ask: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(ask, { timeout: 30_000, interval: 20 });
}
