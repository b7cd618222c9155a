import type { Restored } from './answers.ts';

const MARK = /^m\d+$/;

/** The marks in a session. */
export function marksIn(restored: Restored): Map<string, unknown> {
  const all = Object.entries({ ...restored?.variables, ...restored?.context });
  return new Map(all.filter(([key]) => MARK.test(key)));
}

/** The numbers that the updates of a session counted up to. One that does not count has 0. */
export function claimsIn(restored: Restored): number[] {
  return [...marksIn(restored).values()].map(Number).filter((claim) => claim > 0);
}
