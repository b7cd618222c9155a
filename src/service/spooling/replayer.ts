// When spooled updates are replayed. The updates of a session are replayed in order, one at a time;
// sessions run next to each other, in lanes: a lane is a shard for sessions and a shard for
// indexes, which work or fail together. So a dead shard keeps only its own lanes waiting.
//
//   fails       the lane waits, longer each time, at random intervals, and then tries one session
//   succeeds    the lane runs one session more at a time, up to a few
//
// Between two updates a lane rests as long as the update took: so a store that has just come back,
// or is busy, gets fewer of them, however many sidecars replay at the same time.
//
// An update whose replay fails for another reason than the store is set aside after a few attempts:
// it is not replayed any more, and its row is kept. So is a row that cannot be read.

import { Refusal } from '../../session/errors.ts';
import type { Spool } from '../../spool/spool.ts';
import { StoreUnavailable } from '../../store/session-store.ts';
import type { Patience } from '../retrying/until-deadline.ts';
import type { Settled } from './outcomes.ts';
import type { ReplayOutcome, ReplayUpdate } from './replay-update.ts';
import type { WaitingUpdate, WaitingUpdates } from './waiting-updates.ts';

/** Sessions of one lane at a time. */
const LANE_SESSIONS_MAX = 4;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** The rest after an update. */
const REST_MAX_MS = 250;
/** How long to wait for a lock before asking again. */
const LOCK_PAUSE_MIN_MS = 20;
const LOCK_PAUSE_MAX_MS = 1000;
/** How long a drain tries a shard that does not answer: a connection may be about to be made. */
const DRAIN_PATIENCE_MS = 2000;
const DRAIN_CHECK_MS = 10;
/** Attempts at an update that fails where the store does not. */
const ATTEMPTS_MAX = 3;

export type ReplayerOptions = {
  spool: Pick<Spool, 'done'>;
  waiting: WaitingUpdates;
  replay: ReplayUpdate;
  /** Whether an update is older than the spool may keep it. */
  isTooOld: (update: WaitingUpdate) => boolean;
  laneOf: (sessionId: string, userId: string) => string;
  patience: Pick<Patience, 'nowMonotonicMs' | 'random'>;
  onSettled: (update: WaitingUpdate, settled: Settled) => void;
  onSetAside: (update: WaitingUpdate, cause: unknown) => void;
};

export type Replayer = {
  /** An update was added to those that wait. */
  added(update: WaitingUpdate): void;
  /** Drops what is too old, without asking the store. */
  dropOld(): void;
  /** Replays what the store takes now; resolves when nothing is left to try. */
  drain(): Promise<void>;
  /** Stops; resolves when nothing is running. */
  close(): Promise<void>;
};

type Lane = {
  name: string;
  /** Sessions that may run, in order. */
  ready: Set<string>;
  running: number;
  allowed: number;
  failures: number;
  /** Set while the lane waits after a failure. */
  timer: NodeJS.Timeout | undefined;
};

export function createReplayer(options: ReplayerOptions): Replayer {
  const { spool, waiting, replay, isTooOld, laneOf, patience, onSettled, onSetAside } = options;
  const lanes = new Map<string, Lane>();
  /** Sessions that are in a lane, running or waiting for a lock. */
  const known = new Set<string>();
  /** Whom the replayed updates of a session named last. */
  const users = new Map<string, string>();
  const attempts = new Map<number, number>();
  const running = new Set<Promise<void>>();
  const lockTimers = new Set<NodeJS.Timeout>();
  let mode: 'open' | 'draining' | 'closed' = 'open';
  let drainEndsMs = 0;

  return {
    added({ sessionId }) {
      if (!known.has(sessionId)) enqueue(sessionId);
    },
    dropOld() {
      for (const { ready } of lanes.values())
        for (const sessionId of ready)
          for (const update of waiting.of(sessionId))
            if (isTooOld(update)) settle(update, 'too_old');
    },
    async drain() {
      mode = 'draining';
      drainEndsMs = patience.nowMonotonicMs() + DRAIN_PATIENCE_MS;
      for (const lane of lanes.values()) wake(lane);
      const isBusy = () => running.size > 0 || lanes.values().some(({ timer }) => timer);
      while (mode === 'draining' && isBusy()) await pause(DRAIN_CHECK_MS);
    },
    async close() {
      mode = 'closed';
      for (const { timer } of lanes.values()) clearTimeout(timer);
      for (const timer of lockTimers) clearTimeout(timer);
      while (running.size > 0) await Promise.all(running);
    },
  };

  /** Puts a session that is not running behind the others of its lane. */
  function enqueue(sessionId: string): void {
    const update = waiting.first(sessionId);
    if (!update) {
      known.delete(sessionId);
      users.delete(sessionId);
      return;
    }
    known.add(sessionId);
    const lane = lanes.getOrInsertComputed(nameOfLane(update), createLane);
    lane.ready.add(sessionId);
    pump(lane);
  }

  function nameOfLane({ sessionId, userId }: WaitingUpdate): string {
    return laneOf(sessionId, userId || (users.get(sessionId) ?? ''));
  }

  function pump(lane: Lane): void {
    while (mode !== 'closed' && !lane.timer && lane.running < lane.allowed) {
      const [sessionId] = lane.ready;
      if (sessionId === undefined) return;
      lane.ready.delete(sessionId);
      const update = waiting.first(sessionId);
      // The masters may have changed since.
      if (!update || nameOfLane(update) !== lane.name) {
        enqueue(sessionId);
        continue;
      }
      lane.running += 1;
      const run = replayFirst(lane, update).finally(() => {
        running.delete(run);
        lane.running -= 1;
        pump(lane);
      });
      running.add(run);
    }
  }

  async function replayFirst(lane: Lane, update: WaitingUpdate): Promise<void> {
    const { sessionId } = update;
    const startedMs = patience.nowMonotonicMs();
    let outcome: ReplayOutcome;
    try {
      outcome = await replay(update, users.get(sessionId) ?? '');
    } catch (error) {
      if (isStoreAway(error)) return failed(lane, sessionId);
      countAttempt(update, error);
      return failed(lane, sessionId);
    }
    lane.failures = 0;
    lane.allowed = Math.min(lane.allowed + 1, LANE_SESSIONS_MAX);
    if (outcome.settled === undefined) return againIn(outcome.againInMs, sessionId);
    if (update.userId !== '') users.set(sessionId, update.userId);
    settle(update, outcome.settled);
    if (mode === 'open') await pause(Math.min(patience.nowMonotonicMs() - startedMs, REST_MAX_MS));
    enqueue(sessionId);
  }

  function settle(update: WaitingUpdate, settled: Settled): void {
    waiting.remove(update);
    attempts.delete(update.number);
    spool.done(update.number);
    onSettled(update, settled);
  }

  /** The session is tried again after the others of its lane, and the lane after a pause. */
  function failed(lane: Lane, sessionId: string): void {
    lane.ready.add(sessionId);
    if (!waiting.first(sessionId)) {
      lane.ready.delete(sessionId);
      known.delete(sessionId);
    }
    // Others of the lane failed in the same outage.
    if (lane.timer) return;
    const isLeft =
      mode === 'closed' || (mode === 'draining' && patience.nowMonotonicMs() >= drainEndsMs);
    lane.allowed = isLeft ? 0 : 1;
    if (isLeft) return;
    const longestMs =
      mode === 'draining'
        ? FIRST_PAUSE_MS
        : Math.min(FIRST_PAUSE_MS * 2 ** lane.failures, LONGEST_PAUSE_MS);
    lane.failures += 1;
    lane.timer = setTimeout(() => wake(lane), longestMs * (0.5 + patience.random())).unref();
  }

  function wake(lane: Lane): void {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    pump(lane);
  }

  function againIn(remainingMs: number, sessionId: string): void {
    if (mode !== 'open') return;
    const longestMs = Math.min(Math.max(remainingMs, LOCK_PAUSE_MIN_MS), LOCK_PAUSE_MAX_MS);
    const timer = setTimeout(
      () => {
        lockTimers.delete(timer);
        enqueue(sessionId);
      },
      longestMs * (0.5 + patience.random() / 2),
    ).unref();
    lockTimers.add(timer);
  }

  function countAttempt(update: WaitingUpdate, error: unknown): void {
    const count = (attempts.get(update.number) ?? 0) + 1;
    attempts.set(update.number, count);
    if (count < ATTEMPTS_MAX) return;
    attempts.delete(update.number);
    waiting.remove(update);
    onSetAside(update, error);
  }
}

function createLane(name: string): Lane {
  return { name, ready: new Set(), running: 0, allowed: 1, failures: 0, timer: undefined };
}

function isStoreAway(error: unknown): boolean {
  return (
    error instanceof StoreUnavailable ||
    (error instanceof Refusal && error.reason === 'unavailable')
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
