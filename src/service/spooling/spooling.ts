// What the store cannot take in time is kept in the spool, on the local disk, and acknowledged as
// `spooled`; it is replayed when the store is back. A read folds in what is still waiting.
//
//   persist      keep-updates.ts: no token and no etag, and the store refuses, or has not answered
//                for SPOOL_AFTER_MS
//   note         of a stored update, in the user's index: another shard, which may be down
//   replay       replayer.ts: in the order of each session, until append and note are settled
//   read         load-with-spooled.ts: under the rules of the replay
//
// A row that cannot be read, or whose replay fails for another reason than the store, is set aside:
// its row stays on the disk, and is tried again by the next process. One whose key is missing is
// tried again by this one, too.
//
// Nothing of this costs a request anything as long as the store answers and nothing is waiting.

import type { ContentCipher } from '../../session/encryption/content-cipher.ts';
import { NOT_OPENED_REASONS } from '../../session/encryption/not-opened.ts';
import type { Spool, SpooledRow } from '../../spool/spool.ts';
import type { StoreDurability } from '../../store/durability.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import type { ServiceParts } from '../parts.ts';
import type { SessionReading } from '../reading/session-reading.ts';
import type { BootClock } from './boot-clock.ts';
import { createKeepUpdates, type KeepUpdates } from './keep-updates.ts';
import { createSpooledReading } from './load-with-spooled.ts';
import { createMoments } from './moments.ts';
import type { RowProblem } from './outcomes.ts';
import { createReplayUpdate } from './replay-update.ts';
import { createReplayer } from './replayer.ts';
import { readRow } from './row-codec.ts';
import { createWaitingUpdates, type WaitingUpdate } from './waiting-updates.ts';

/** How often updates are looked for that are too old, and rows whose key is there again. */
const LOOK_EVERY_MS = 60_000;
/** A spool with less room is full; larger rows are rare. */
const ROW_MAX_BYTES = 64 * 1024;

export type SpoolSettings = {
  spoolAfterMs: number;
  /** Less than erases are remembered. */
  spoolMaxAgeMs: number;
  /** How safely the store must keep an update before its row is given up. */
  requiredDurability: StoreDurability;
};

/** A spool, and what its rows are measured with. */
export type SpoolParts = SpoolSettings & {
  spool: Spool;
  bootClock: BootClock;
  /** The machine's wall clock; `Date.now` if not given. */
  nowWallMs?: () => number;
  /** Encrypts rows; undefined: they are not encrypted. */
  contents?: ContentCipher | undefined;
};

/** Creates what the use cases do with a spool. Given by the wiring, so that nothing of it is loaded
 * where there is none. */
export type CreateSpooling = (parts: ServiceParts, work: SpoolingWork) => Spooling;

type SpoolingWork = { compactor: Compactor; eraseSession: EraseSession };

export type SpoolUsage = ReturnType<Spool['usage']> & {
  /** Rows that are not replayed any more. */
  setAside: number;
  /** Of the update that waits longest, as far as that is known. */
  oldestMs: number;
};

export type Spooling = {
  keep: KeepUpdates;
  reading: SessionReading;
  usage(): SpoolUsage;
  /** Whether an update can be kept now. */
  canTake(): boolean;
  /** Replays what the store takes at once; resolves when that is done, or at the end of the time;
   * then nothing is replayed any more. Answers how many rows stay. */
  close(withinMs: number): Promise<SpoolUsage>;
};

export function createSpooling(
  parts: ServiceParts,
  {
    spool,
    bootClock,
    nowWallMs = Date.now,
    contents,
    spoolAfterMs,
    spoolMaxAgeMs,
    requiredDurability,
    compactor,
    eraseSession,
  }: SpoolParts & SpoolingWork,
): Spooling {
  const { patience, observer } = parts;
  const store = parts.store.once;
  const waiting = createWaitingUpdates();
  const { nowMonotonicMs } = patience;
  const byStore = (sessionId: string, atMs: number) => store.momentOf(sessionId, atMs);
  const moments = createMoments({ bootClock, nowMonotonicMs, nowWallMs, byStore });
  let setAside = 0;
  /** Rows that are set aside until their key is there. */
  let locked: SpooledRow[] = [];

  const maxAgeMs = spoolMaxAgeMs;
  const replaying = { moments, maxAgeMs, requiredDurability, compactor, eraseSession };
  const replayer = createReplayer({
    ...{ spool, waiting, patience },
    replay: createReplayUpdate(parts, replaying),
    isTooOld: (update) => moments.ageOf(update).leastMs > spoolMaxAgeMs,
    laneOf: (sessionId, userId) =>
      `${store.shardOfSession(sessionId)} ${userId && store.shardOfUser(userId)}`,
    onSettled(update, settled) {
      const { sessionId } = update;
      observer.updateReplayed({ sessionId, settled, waitedMs: moments.ageOf(update).leastMs });
    },
    onSetAside({ number }, cause) {
      setAside += 1;
      observer.rowSetAside({ number, problem: 'failed', cause });
    },
  });
  recover(spool.recovered());
  const looking = setInterval(look, LOOK_EVERY_MS).unref();

  const keep = createKeepUpdates(parts, {
    ...{ spool, spoolAfterMs, requiredDurability, moments, waiting, contents },
    onKept: replayer.added,
  });

  return {
    keep,
    reading: createSpooledReading({ waiting, moments, maxAgeMs: spoolMaxAgeMs }),
    usage,
    canTake() {
      const { bytes, maxBytes } = spool.usage();
      return !keep.hasFailed() && bytes + ROW_MAX_BYTES < maxBytes;
    },
    async close(withinMs) {
      clearInterval(looking);
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      await Promise.race([replayer.drain(), late.promise]);
      clearTimeout(timer);
      await replayer.close();
      return usage();
    },
  };

  function look(): void {
    replayer.dropOld();
    const again = locked;
    locked = [];
    setAside -= again.length;
    recover(again, { isKnown: true });
  }

  /** Takes over what an earlier process left. `isKnown`: that a row is set aside was reported. */
  function recover(rows: readonly SpooledRow[], { isKnown = false } = {}): void {
    const foundAtMs = patience.nowMonotonicMs();
    const updates: WaitingUpdate[] = [];
    for (const row of rows) {
      const { number, payload } = row;
      const read = readRow(payload, contents);
      if (read.problem === undefined) {
        updates.push({ ...read.update, number, foundAtMs });
        continue;
      }
      setAside += 1;
      if (isKeyProblem(read.problem)) locked.push(row);
      if (!isKnown) observer.rowSetAside({ number, problem: read.problem });
    }
    for (const update of updates) waiting.add(update);
    for (const update of updates) replayer.added(update);
  }

  function usage(): SpoolUsage {
    let oldestMs = 0;
    for (const update of waiting.all()) {
      oldestMs = moments.ageOf(update).leastMs;
      break;
    }
    return { ...spool.usage(), setAside, oldestMs };
  }
}

/** Whether a row can be read with another key. */
function isKeyProblem(problem: RowProblem): boolean {
  return NOT_OPENED_REASONS.some((reason) => reason === problem);
}
