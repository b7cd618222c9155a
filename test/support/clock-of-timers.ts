import { afterEach, beforeEach, vi } from 'vitest';

/** In each test time passes by timers alone: to the next one as soon as nothing else is to do. So
 * no time limit is over because the machine is busy, and waiting takes no time. */
export function useClockOfTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ fakeNodeBuiltins: true }).setTimerTickMode('nextTimerAsync');
  });
  afterEach(() => void vi.useRealTimers());
}
