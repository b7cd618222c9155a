import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeadlines } from '../../../src/service/retrying/deadlines.ts';

const late = () => new Error('late');
const now = () => performance.now();

// Timers are counted: those of the test runner, such as setImmediate(), are left as they are.
const REPLACED = ['setTimeout', 'clearTimeout', 'performance'] as const;
beforeEach(() => void vi.useFakeTimers({ toFake: [...REPLACED] }));
afterEach(() => void vi.useRealTimers());

test('what the work gives is given, or what it throws', async () => {
  const deadlines = createDeadlines(now);
  expect(await deadlines.waitFor(Promise.resolve(1), now() + 10, late)).toBe(1);
  const failed = deadlines.waitFor(Promise.reject(new Error('failed')), now() + 10, late);
  await expect(failed).rejects.toThrow('failed');
});

/** Work that is asked for at a time, must end within another, and does after a third; ms. */
const work = fc.record({
  atMs: fc.integer({ min: 1, max: 50 }),
  withinMs: fc.integer({ min: 1, max: 60 }),
  takesMs: fc.integer({ min: 1, max: 80 }),
});

test('each work ends in time or at its own deadline, in whatever order, with one timer', async () => {
  const one = async (works: { atMs: number; withinMs: number; takesMs: number }[]) => {
    const deadlines = createDeadlines(now);
    const startMs = now();
    const outcomes: (string | undefined)[] = works.map(() => undefined);
    const times: number[] = [];
    works.forEach(({ atMs, withinMs, takesMs }, place) => {
      setTimeout(() => {
        const ended = new Promise((resolve) => setTimeout(resolve, takesMs));
        const timers = vi.getTimerCount();
        const waiting = deadlines.waitFor(ended, now() + withinMs, late);
        expect(vi.getTimerCount() - timers).toBeLessThanOrEqual(1);
        const settled = (outcome: string) => () => {
          outcomes[place] = outcome;
          times[place] = now() - startMs - atMs;
        };
        waiting.then(settled('in time'), settled('late'));
      }, atMs);
    });
    await vi.advanceTimersByTimeAsync(200);
    works.forEach(({ withinMs, takesMs }, place) => {
      // Of two timers at one moment either may be first.
      if (takesMs !== withinMs)
        expect(outcomes[place]).toBe(takesMs < withinMs ? 'in time' : 'late');
      expect(times[place]).toBe(Math.min(takesMs, withinMs));
    });
    expect(vi.getTimerCount()).toBe(0);
  };
  await fc.assert(fc.asyncProperty(fc.array(work, { maxLength: 30 }), one), { numRuns: 200 });
});

test('deadlines are those of the clock, where timers are early', async () => {
  let slowMs = 0;
  const deadlines = createDeadlines(() => now() - slowMs);
  const waiting = deadlines.waitFor(new Promise<never>(() => {}), now() + 10, late);
  const ended = vi.fn();
  waiting.catch(ended);
  slowMs = 5;
  await vi.advanceTimersByTimeAsync(14);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2);
  expect(ended).toHaveBeenCalledOnce();
});
