import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createLockQueue, type LockQueue } from '../../../src/service/locking/lock-queue.ts';
import { until } from '../../support/until.ts';

let queue: LockQueue;
let asked: string[];
let free: boolean;
beforeEach(() => {
  queue = createLockQueue({ nowMonotonicMs: () => performance.now(), random: () => 0.5 });
  asked = [];
  free = false;
});

/** Waits under a name; with the lock free it is answered its name. */
function wait(name: string, { waitMs = 10_000, hasAsked = false, signal }: Options = {}) {
  const ask = async () => {
    asked.push(name);
    return free ? name : undefined;
  };
  const untilMs = performance.now() + waitMs;
  return queue.wait('s', { ask, hasAsked, untilMs, ...(signal && { signal }) });
}
type Options = { waitMs?: number; hasAsked?: boolean; signal?: AbortSignal };

const askedSoOften = (times: number) =>
  until('asking', () => (asked.length >= times ? true : undefined));

describe('who waits for a lock', () => {
  test('asks at once if nobody waits before it, and then again and again', async () => {
    const waiting = wait('first');
    expect(asked).toEqual(['first']);
    const startedMs = performance.now();
    await askedSoOften(5);
    // Four pauses of 17.5 ms.
    expect(performance.now() - startedMs).toBeGreaterThan(60);
    free = true;
    expect(await waiting).toBe('first');
  });

  test('sets no timer for a time that has passed, however late it looks', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    // Each look at the clock finds it 3 ms later: the time runs out between any two of them.
    for (let untilMs = 1; untilMs < 40; untilMs += 1) {
      let nowMs = 0;
      const nowMonotonicMs = () => {
        nowMs += 3;
        return nowMs;
      };
      const late = createLockQueue({ nowMonotonicMs, random: () => 0 });
      expect(
        await late.wait('s', { ask: async () => undefined, hasAsked: false, untilMs }),
      ).toBeUndefined();
    }
    await nextTurn();
    expect(warnings).toEqual([]);
  });

  test('does not ask at once if it has just asked', async () => {
    const waiting = wait('first', { hasAsked: true });
    expect(asked).toEqual([]);
    free = true;
    expect(await waiting).toBe('first');
  });

  test('does not ask while it is not the first, and takes its turn in the order of coming', async () => {
    const order: string[] = [];
    const waiting = ['a', 'b', 'c', 'd'].map((name) =>
      wait(name).then((answer) => order.push(`${answer}`)),
    );
    await askedSoOften(4);
    expect(new Set(asked)).toEqual(new Set(['a']));
    free = true;
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  test('asks at once when it becomes the first', async () => {
    const gone = new AbortController();
    const first = wait('a', { signal: gone.signal });
    const second = wait('b');
    free = true;
    gone.abort();
    await first;
    await second;
    expect(asked.filter((name) => name === 'b')).toHaveLength(1);
    expect(queue.hasWaiters('s')).toBe(false);
  });

  test('is woken at once when the lock may be free, and asks once for that', async () => {
    const slow = createLockQueue({ nowMonotonicMs: () => performance.now(), random: () => 1e6 });
    const ask = async () => {
      asked.push('slow');
      await nextTurn();
      return free ? 'taken' : undefined;
    };
    const waiting = slow.wait('s', { ask, hasAsked: false, untilMs: performance.now() + 60_000 });
    await askedSoOften(1);
    slow.wake('another');
    slow.wake('s');
    await askedSoOften(2);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(asked).toHaveLength(2);
    free = true;
    slow.wake('s');
    expect(await waiting).toBe('taken');
  });

  test('asks once more if it was woken while it asked', async () => {
    const slow = createLockQueue({ nowMonotonicMs: () => performance.now(), random: () => 1e6 });
    const firstAnswer = Promise.withResolvers<undefined>();
    let asking = 0;
    const ask = async () => (++asking === 1 ? firstAnswer.promise : 'taken');
    const waiting = slow.wait('s', { ask, hasAsked: false, untilMs: performance.now() + 60_000 });
    slow.wake('s');
    firstAnswer.resolve(undefined);
    expect(await waiting).toBe('taken');
  });

  test('leaves when its time is over, wherever it stands', async () => {
    const gone = new AbortController();
    const first = wait('a', { signal: gone.signal });
    expect(await wait('b', { waitMs: 20 })).toBeUndefined();
    expect(queue.hasWaiters('s')).toBe(true);
    gone.abort();
    await first;
    expect(new Set(asked)).toEqual(new Set(['a']));
    expect(await wait('c', { waitMs: 20 })).toBeUndefined();
    expect(queue.hasWaiters('s')).toBe(false);
  });

  test('leaves at once when its caller has gone, also while it asks', async () => {
    const slow = createLockQueue({ nowMonotonicMs: () => performance.now(), random: () => 1e6 });
    const gone = new AbortController();
    const options = { hasAsked: false, untilMs: performance.now() + 60_000, signal: gone.signal };
    const answer = Promise.withResolvers<undefined>();
    const asking = slow.wait('s', { ...options, ask: () => answer.promise });
    const paused = slow.wait('t', { ...options, ask: async () => undefined });
    await nextTurn();
    gone.abort();
    answer.resolve(undefined);
    expect([await asking, await paused]).toEqual([undefined, undefined]);
    expect([slow.hasWaiters('s'), slow.hasWaiters('t')]).toEqual([false, false]);
  });

  test('lets the next one ask when its own asking failed', async () => {
    const failing = queue.wait('s', {
      ask: () => Promise.reject(new Error('down')),
      hasAsked: false,
      untilMs: performance.now() + 10_000,
    });
    free = true;
    const next = wait('next');
    await expect(failing).rejects.toThrow('down');
    expect(await next).toBe('next');
  });

  test('asks more seldom the more sessions are waited for', async () => {
    const gone = new AbortController();
    const options = { hasAsked: true, untilMs: performance.now() + 10_000, signal: gone.signal };
    const startedMs = performance.now();
    const waiting = Array.from({ length: 200 }, (_, place) => {
      const ask = async () => void asked.push(`s${place}`);
      return queue.wait(`s${place}`, { ...options, ask });
    });
    await until('all to ask', () => (new Set(asked).size === 200 ? true : undefined));
    // Four times the pause of 17.5 ms.
    expect(performance.now() - startedMs).toBeGreaterThan(65);
    gone.abort();
    await Promise.all(waiting);
  });

  test('is refused where five hundred wait already, of whatever sessions', async () => {
    const gone = new AbortController();
    const untilMs = performance.now() + 10_000;
    const ask = async () => undefined;
    const waiting = Array.from({ length: 500 }, (_, place) =>
      queue.wait(`s${place % 3}`, { ask, hasAsked: true, untilMs, signal: gone.signal }),
    );
    await expect(wait('one more')).rejects.toMatchObject({ reason: 'overloaded' });
    gone.abort();
    await Promise.all(waiting);
    free = true;
    expect(await wait('the next')).toBe('the next');
  });
});
