import { until as untilSoon } from '../../support/until.ts';

/** Processes that start, and servers that elect a master, take their time on a busy machine. */
const LONGEST_MS = 120_000;

/** Waits as `until` of test/support does, for longer. */
export function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  return untilSoon(what, ask, LONGEST_MS);
}
