import { type ClockInterval, widthMs } from './clock-interval.ts';

/** The clock of one server. */
export type KnownClock = { address: string; interval: ClockInterval };

/** The least difference between the clocks of some servers, and which is ahead of which. Undefined
 * if they may agree. */
export function clockSkew(
  clocks: readonly KnownClock[],
): { skewMs: number; ahead: string; behind: string } | undefined {
  const ahead = clocks.reduce<KnownClock | undefined>(
    (most, clock) => (most && most.interval.lowMs >= clock.interval.lowMs ? most : clock),
    undefined,
  );
  const behind = clocks.reduce<KnownClock | undefined>(
    (most, clock) => (most && most.interval.highMs <= clock.interval.highMs ? most : clock),
    undefined,
  );
  if (ahead === undefined || behind === undefined) return undefined;
  const skewMs = ahead.interval.lowMs - behind.interval.highMs;
  return skewMs > 0 ? { skewMs, ahead: ahead.address, behind: behind.address } : undefined;
}

/** The width of the clock that is known least precisely, in milliseconds; 0 if there are none. */
export function widestMs(clocks: readonly KnownClock[]): number {
  return Math.max(0, ...clocks.map(({ interval }) => widthMs(interval)));
}
