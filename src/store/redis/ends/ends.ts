// The ends of sessions, and of tombstones and quarantine, reported once each by one of the processes
// on a store, whatever dies meanwhile. Redis reports none of them reliably: a key expires at the latest
// deadline in it, and events are sent to all clients that listen at that moment, and to no others.
//
// So each end is noted in one of a few sets (due-ends.ts), at the pace of the notes in users'
// indexes, never by the append. The processes share the sets: each set is swept by one of them
// (sweep-set.ts), which has a lease on it. The others ask from time to time whether the lease is
// free, and at once if they note an end in a set that nobody sweeps. Nobody scans keys.

import { randomInt } from 'node:crypto';
import type { EndEvents } from '../../end-events.ts';
import { createLatestEntries } from '../../latest-entries.ts';
import type { SessionEnd, SessionStore } from '../../session-store.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RunScripts } from '../run-scripts.ts';
import { sessionIdIn } from '../session-key.ts';
import { type DueEnd, END_SETS, memberOf, setOf } from './due-ends.ts';
import { createEndNotes } from './end-notes.ts';
import { createSweptSet, type SweptSet } from './sweep-set.ts';
import { withEnds } from './with-ends.ts';

/** How often a set is swept at least, and how often at most. */
const SWEEP_EVERY_MS = 5000;
const SWEEP_PAUSE_MS = 100;
/** How long a lease lasts, and how often others ask for it: so one that is free is taken within that
 * time, and many processes cost little. */
const LEASE_MS = 20_000;
const ASK_EVERY_MS = 40_000;
const SWEPT_AT_ONCE = 4;
/** How many ends are remembered at least, after they were reported. */
const REPORTED_KEPT = 5000;
/** How often to look whether a server is connected again. */
const DISCONNECTED_PAUSE_MS = 500;

export type EndsOptions = {
  /** False: ends are noted, for other processes to report. */
  isSwept?: boolean;
  /** For tests: all times are shorter by this factor. */
  speed?: number;
};

/** What a store is opened with, if its ends are reported. */
export type ReportedEnds = EndEvents & { ends?: EndsOptions | undefined };

export type Ends = {
  /** A key has expired: its session's end is due, if this process is to report it. */
  keyExpired(key: string): void;
  /** The same store, which notes its ends. */
  of(store: SessionStore): SessionStore;
};

/** A set, as this process knows it. */
type EndSet = {
  key: string;
  swept: SweptSet;
  isHeld: boolean;
  /** When it is to be swept, or its lease asked for. */
  dueMs: number;
  isBusy: boolean;
};

export function createEnds({
  run,
  keys,
  nowMonotonicMs,
  ends: { isSwept = true, speed = 1 } = {},
  connection,
  keyPrefix,
  onEnded = () => {},
  onEndSetsHeld = () => {},
  onEndNotNoted = () => {},
  onEndsFailed = () => {},
}: ReportedEnds & {
  run: Pick<RunScripts, 'write' | 'read'>;
  keys: { session(sessionId: string): string; ends(set: number): string };
  connection: Pick<RedisConnection, 'isConnected'>;
  keyPrefix: string;
  nowMonotonicMs: () => number;
}): Ends {
  const reported = createLatestEntries<true>(REPORTED_KEPT);
  const notes = createEndNotes({
    ...{ run, connection, keyOf: keys.ends, nowMonotonicMs, onUnswept: sweepNow },
    ...{ onGivenUp: onEndNotNoted, onFailed: onEndsFailed },
  });
  const sets: EndSet[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const sweeping = new Set<Promise<void>>();
  for (let set = 0; set < END_SETS; set++)
    sets.push({
      key: keys.ends(set),
      swept: createSweptSet({
        ...{ run, leaseMs: LEASE_MS / speed, setKey: keys.ends(set) },
        ...{ sessionKeyOf: keys.session, reported, onEnded, note },
      }),
      ...{ isHeld: false, isBusy: false },
      // Processes that start together ask at different times.
      dueMs: nowMonotonicMs() + randomInt(SWEEP_EVERY_MS) / speed,
    });
  plan();

  return {
    keyExpired(key) {
      const sessionId = key.startsWith(keyPrefix) && sessionIdIn(key.slice(keyPrefix.length));
      const set = sessionId ? setOf(sessionId) : -1;
      if (sets[set]?.isHeld) sweepNow(set);
    },
    of: (store) => withEnds(store, { noteEnd, note, close }),
  };

  function noteEnd({ sessionId, incarnation, endsAtMonotonicMs }: SessionEnd): Promise<boolean> {
    const member = memberOf({ kind: 'session', detail: incarnation, sessionId });
    return notes.add({ set: setOf(sessionId), member, endsAtMonotonicMs });
  }

  async function close(): Promise<void> {
    isClosed = true;
    clearTimeout(timer);
    // One of them may just have taken a lease.
    await Promise.all(sweeping);
    sets.forEach(({ swept, isHeld }, set) => {
      const lease = { set, member: swept.leaseMember, endsAtMonotonicMs: undefined };
      if (isHeld) notes.add(lease);
    });
    await notes.close();
  }

  function note(end: DueEnd, inMs: number | undefined): void {
    notes.add({
      ...{ set: setOf(end.sessionId), member: memberOf(end) },
      endsAtMonotonicMs: inMs === undefined ? undefined : nowMonotonicMs() + inMs,
    });
  }

  function sweepNow(number: number): void {
    const set = sets[number];
    if (set === undefined) return;
    set.dueMs = nowMonotonicMs();
    plan();
  }

  /** Sets the timer for the set that is due first. */
  function plan(): void {
    clearTimeout(timer);
    if (!isSwept || isClosed || sweeping.size >= SWEPT_AT_ONCE) return;
    const waiting = sets.filter(({ isBusy }) => !isBusy).map(({ dueMs }) => dueMs);
    if (waiting.length === 0) return;
    timer = setTimeout(sweepDue, Math.max(0, Math.min(...waiting) - nowMonotonicMs())).unref();
  }

  function sweepDue(): void {
    const nowMs = nowMonotonicMs();
    for (const set of sets) {
      if (sweeping.size >= SWEPT_AT_ONCE || set.isBusy || set.dueMs > nowMs) continue;
      const sweep = sweepSet(set).finally(() => {
        sweeping.delete(sweep);
        plan();
      });
      sweeping.add(sweep);
    }
    plan();
  }

  async function sweepSet(set: EndSet): Promise<void> {
    set.isBusy = true;
    const wasHeld = set.isHeld;
    // One that is asked for meanwhile is swept again.
    set.dueMs = Number.POSITIVE_INFINITY;
    const pauseMs = await pauseAfter(set);
    set.dueMs = Math.min(set.dueMs, nowMonotonicMs() + pauseMs / speed);
    set.isBusy = false;
    if (set.isHeld !== wasHeld) onEndSetsHeld(sets.filter(({ isHeld }) => isHeld).length);
  }

  /** Sweeps a set; answers when to sweep it again. */
  async function pauseAfter(set: EndSet): Promise<number> {
    // Where nobody would answer, no call is made that would fail.
    if (!connection.isConnected(set.key)) return DISCONNECTED_PAUSE_MS;
    try {
      const step = await set.swept.step();
      set.isHeld = step.status === 'held';
      if (step.status !== 'held') return ASK_EVERY_MS / 2 + randomInt(ASK_EVERY_MS);
      return Math.min(SWEEP_EVERY_MS, Math.max(SWEEP_PAUSE_MS, step.nextInMs * speed));
    } catch (cause) {
      if (!isClosed) onEndsFailed(cause);
      return SWEEP_EVERY_MS;
    }
  }
}
