// When what is replayed: in order, a few at a time, at the pace of each shard; on a clock of the
// test.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Settled } from '../../../src/service/spooling/outcomes.ts';
import type { ReplayOutcome } from '../../../src/service/spooling/replay-update.ts';
import { createReplayer } from '../../../src/service/spooling/replayer.ts';
import {
  createWaitingUpdates,
  type WaitingUpdate,
} from '../../../src/service/spooling/waiting-updates.ts';
import { StoreUnavailable } from '../../../src/store/session-store.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A replayer over a store that takes `tookMs` for a replay; `outcome` decides how each ends. */
function replaying(outcome: (update: WaitingUpdate) => ReplayOutcome, { tookMs = 1 } = {}) {
  const waiting = createWaitingUpdates();
  const done: number[] = [];
  const settled: Settled[] = [];
  const setAside: number[] = [];
  const started: { number: number; atMs: number }[] = [];
  let running = 0;
  let most = 0;
  let old: number[] = [];
  let numbers = 0;
  const replayer = createReplayer({
    spool: { done: (number) => void done.push(number) },
    waiting,
    async replay(update) {
      started.push({ number: update.number, atMs: Date.now() });
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, tookMs));
      running -= 1;
      return outcome(update);
    },
    isTooOld: ({ number }) => old.includes(number),
    laneOf: (sessionId) => sessionId.slice(0, 1),
    patience: { nowMonotonicMs: () => Date.now(), random: () => 0.5 },
    onSettled: (_, result) => settled.push(result),
    onSetAside: ({ number }) => void setAside.push(number),
  });
  return {
    ...{ waiting, done, settled, setAside, started, replayer },
    mostAtOnce: () => most,
    ages: (numbers: number[]) => {
      old = numbers;
    },
    add(sessionId: string) {
      numbers += 1;
      const update = { number: numbers, sessionId, userId: '' } as WaitingUpdate;
      waiting.add(update);
      replayer.added(update);
      return numbers;
    },
  };
}

const STORED: ReplayOutcome = { settled: 'stored' };
const away = () => {
  throw new StoreUnavailable('append', { reason: 'it is away' });
};
const isOf = (sessionId: string) => (update: WaitingUpdate) => update.sessionId === sessionId;

test('a session is replayed in order, one at a time; others next to it, a few at a time', async () => {
  const world = replaying(() => STORED, { tookMs: 10 });
  for (let turn = 0; turn < 3; turn++)
    for (let place = 0; place < 20; place++) world.add(`a${place}`);
  await vi.runAllTimersAsync();
  expect(world.done).toHaveLength(60);
  for (let place = 0; place < 20; place++) {
    const ofSession = world.started
      .map(({ number }) => number)
      .filter((number) => (number - 1) % 20 === place);
    expect(ofSession).toEqual([place + 1, place + 21, place + 41]);
  }
  expect(world.mostAtOnce()).toBe(4);
});

test('the lane rests as long as an update took', async () => {
  const world = replaying(() => STORED, { tookMs: 100 });
  for (let turn = 0; turn < 3; turn++) world.add('a');
  await vi.runAllTimersAsync();
  const [first, ...later] = world.started.map(({ atMs }) => atMs);
  expect(later.map((atMs) => atMs - (first ?? 0))).toEqual([200, 400]);
});

test('a shard that is away is tried again, ever less often, one session at a time', async () => {
  let isAway = true;
  const world = replaying(() => (isAway ? away() : STORED));
  for (let place = 0; place < 10; place++) world.add(`a${place}`);
  await vi.advanceTimersByTimeAsync(60_000);
  const attempts = world.started.length;
  expect(attempts).toBeGreaterThan(25);
  expect(attempts).toBeLessThan(45);
  expect(world.done).toEqual([]);
  expect(new Set(world.started.map(({ number }) => number)).size).toBe(10);
  isAway = false;
  await vi.advanceTimersByTimeAsync(4000);
  expect(world.done).toHaveLength(10);
});

test('a shard that is away keeps no other one waiting', async () => {
  const world = replaying(({ sessionId }) => (sessionId.startsWith('b') ? away() : STORED));
  for (let place = 0; place < 10; place++)
    for (const shard of ['a', 'b']) world.add(`${shard}${place}`);
  await vi.advanceTimersByTimeAsync(100);
  expect(world.settled).toHaveLength(10);
});

test('a lock keeps its own session waiting', async () => {
  let isLocked = true;
  const world = replaying((update) =>
    isOf('a1')(update) && isLocked ? { againInMs: 5000 } : STORED,
  );
  world.add('a1');
  world.add('a1');
  world.add('a2');
  await vi.advanceTimersByTimeAsync(3000);
  expect(world.done).toEqual([3]);
  isLocked = false;
  await vi.advanceTimersByTimeAsync(2000);
  expect(world.done).toEqual([3, 1, 2]);
});

test('an update that fails where the store does not is set aside, and blocks none', async () => {
  const world = replaying((update) => {
    if (update.number === 1) throw new Error('it cannot be understood');
    return STORED;
  });
  world.add('a1');
  world.add('a1');
  world.add('a2');
  await vi.runAllTimersAsync();
  expect(world.setAside).toEqual([1]);
  expect(world.done.sort()).toEqual([2, 3]);
  expect(world.started.filter(({ number }) => number === 1)).toHaveLength(3);
});

test('what is too old is dropped while its shard is away', async () => {
  const world = replaying(away);
  for (const sessionId of ['a1', 'a1', 'a2']) world.add(sessionId);
  await vi.advanceTimersByTimeAsync(1000);
  world.ages([1, 3]);
  world.replayer.dropOld();
  expect(world.done.sort()).toEqual([1, 3]);
  expect(world.settled).toEqual(['too_old', 'too_old']);
});

test('a drain replays all that the store takes, without rests, and soon leaves a dead shard', async () => {
  const world = replaying(({ sessionId }) => {
    if (sessionId.startsWith('b')) return away();
    return sessionId === 'a0' ? { againInMs: 100 } : STORED;
  });
  for (let place = 0; place < 50; place++)
    for (const shard of ['a', 'b']) world.add(`${shard}${place}`);
  const drained = world.replayer.drain();
  await vi.advanceTimersByTimeAsync(100);
  expect(world.done).toHaveLength(49);
  await vi.advanceTimersByTimeAsync(2000);
  await drained;
  const attempts = world.started.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.started).toHaveLength(attempts);
});

test('what is closed starts nothing more', async () => {
  const world = replaying(() => STORED, { tookMs: 10 });
  for (let place = 0; place < 10; place++) world.add('a');
  const closed = world.replayer.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await closed;
  expect(world.done).toEqual([1]);
});
