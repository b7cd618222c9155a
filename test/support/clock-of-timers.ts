// Node's HTTP/2 keeps the timers that it finds when it is first loaded: they must be the real ones.
import 'node:http2';
import { beforeEach, onTestFinished, vi } from 'vitest';

/** In each test time passes by timers alone: to the next one as soon as nothing else is to do. So
 * no time limit is over because the machine is busy, and waiting takes no time. What a test waits
 * for it asks with `until`, since `expect.poll` waits by the real clock. */
export function useClockOfTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ fakeNodeBuiltins: true }).setTimerTickMode('nextTimerAsync');
    // After what the test itself has to finish, which may wait as well.
    onTestFinished(() => void vi.useRealTimers());
  });
}
