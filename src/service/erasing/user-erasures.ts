// Erasing the sessions of users, however many they have: after the answer where it takes longer.
// The users that are being erased take turns, a few sessions at a time, so that a user with very
// many delays neither the others nor any request.
//
// A session is erased if its state names the user, or cannot be read, or if it has ended: its
// quarantine is removed, and an update that was noted and is not stored yet finds a tombstone. Two
// kinds stay, and so do their entries. One that belongs to another user now: it may become this
// user's again, and what is noted of that now would be removed; until then its entry leads to
// nothing. And one that was begun after the request: it holds nothing
// older.
//
// What cannot be erased is tried again until nothing has succeeded for minutes. The only state of
// the work is the user's tombstone and the entries that are left in the index: when the process
// ends, the next request, to any sidecar, continues it.

import { setTimeout as pause, setImmediate as yieldToLoop } from 'node:timers/promises';
import { Refusal } from '../../session/errors.ts';
import { createEraseId } from '../../session/update-id.ts';
import type { LockQueue } from '../locking/lock-queue.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import { createRetryingStore } from '../retrying/retrying-store.ts';
import type { Receipt } from '../session-service.ts';
import { createTurns } from '../turns.ts';
import { createEraseSession } from './erase-session.ts';
import { ErasureProgress } from './erasure-progress.ts';

/** Index entries read at one time. */
const PAGE = 500;
/** Sessions of one user erased at one time, and users at one time. */
const SESSIONS_AT_ONCE = 20;
const USERS_AT_ONCE = 2;
/** Users that are being erased, those that wait for their turn included. */
const ERASURES_MAX = 1000;
const TRY_AGAIN_AFTER_MS = 1_000;
const GIVE_UP_AFTER_MS = 5 * 60_000;

export type UserErasures = {
  /** Erases the sessions of a user, or joins the erasure that is under way. Refuses
   * (`overloaded`) if too many are. */
  erase(request: { receipt: Receipt; userId: string }): ErasureProgress;
  /** Whether a user's sessions are being erased in this process. */
  isErasing(userId: string): boolean;
  /** Stops all erasures; resolves when none is running. */
  close(): Promise<void>;
};

export function createUserErasures(
  serviceParts: ServiceParts,
  { lockQueue }: { lockQueue: LockQueue },
): UserErasures {
  // Half the time of a request, so that a request that waits for an erasure learns why it fails.
  const requestDeadlineMs = serviceParts.patience.requestDeadlineMs / 2;
  const patience = { ...serviceParts.patience, requestDeadlineMs };
  const retrying = createRetryingStore(
    serviceParts.store.once,
    patience,
    serviceParts.observer.storeRetried,
  );
  const parts = { ...serviceParts, patience, store: retrying };
  const { observer } = parts;
  const eraseSession = createEraseSession(parts, { lockQueue });
  const running = new Map<string, ErasureProgress>();
  const turns = createTurns({
    ...{ atOnce: USERS_AT_ONCE, waitingMax: ERASURES_MAX, what: 'erasures of users' },
    nowMonotonicMs: patience.nowMonotonicMs,
  });
  const closing = new AbortController();

  return {
    erase({ receipt, userId }) {
      const shared = running.get(userId);
      shared?.askedAgain(receipt);
      if (shared) return shared;
      if (running.size >= ERASURES_MAX) throw tooMany();
      const erasure = new ErasureProgress(userId, receipt);
      running.set(userId, erasure);
      erasure.ended = run(erasure);
      return erasure;
    },
    isErasing: (userId) => running.has(userId),
    async close() {
      closing.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };

  async function run(erasure: ErasureProgress): Promise<void> {
    const startedMs = patience.nowMonotonicMs();
    let succeededMs = startedMs;
    while (!erasure.isDone && !closing.signal.aborted) {
      const { handled } = erasure;
      const failure = await eraseIndexed(erasure).catch((error) => error);
      const nowMs = patience.nowMonotonicMs();
      if (erasure.handled > handled) succeededMs = nowMs;
      if (failure === undefined) continue;
      erasure.failure = failure;
      if (nowMs - succeededMs > GIVE_UP_AFTER_MS) break;
      await pause(TRY_AGAIN_AFTER_MS, undefined, { ref: false, signal: closing.signal }).catch(
        () => {},
      );
    }
    running.delete(erasure.userId);
    const { userId, erased, isDone, failure } = erasure;
    const seconds = (patience.nowMonotonicMs() - startedMs) / 1000;
    observer.userErasureEnded({
      userId,
      erased,
      isDone,
      seconds,
      cause: isDone ? undefined : failure,
    });
  }

  /**
   * Handles every entry of the user's index; answers one of the failures, if there were any.
   * Entries that come and go may move others past the page that is read: so the erasure is done
   * when nothing new was found, or when none stayed, since the first page is then the only one.
   */
  async function eraseIndexed(erasure: ErasureProgress): Promise<unknown> {
    const { userId, handled, receipt } = erasure;
    const failed = new Map<string, unknown>();
    for (let offset = 0; !closing.signal.aborted; ) {
      const store = retrying.within(receiptFor(erasure));
      const entries = await store.userSessions(userId, { offset, limit: PAGE });
      const found = entries
        .map(({ sessionId }) => sessionId)
        .filter((sessionId) => !erasure.hasKept(sessionId) && !failed.has(sessionId));
      // Where more follow, the last erase removes the bytes of all from the store's log.
      const isLazy = entries.length === PAGE;
      for (
        let first = 0;
        first < found.length && !closing.signal.aborted;
        first += SESSIONS_AT_ONCE
      ) {
        const some = found.slice(first, first + SESSIONS_AT_ONCE);
        await turns.run(async () => {
          await Promise.all(some.map((sessionId) => eraseOrFail(sessionId, isLazy)));
          // Requests come in between.
          await yieldToLoop();
        });
      }
      if (entries.length === 0) break;
      // What was erased has left the index, so the next entries are at the same offset.
      if (found.length === 0) offset += entries.length;
    }
    const isAll = erasure.handled === handled || erasure.keptCount() === 0;
    const isUpToDate = receipt === erasure.receipt && !closing.signal.aborted;
    erasure.isDone = failed.size === 0 && isAll && isUpToDate;
    const [failure] = failed.values();
    return failure;

    async function eraseOrFail(sessionId: string, isLazy: boolean): Promise<void> {
      try {
        await eraseOne(erasure, { sessionId, isLazy });
      } catch (error) {
        failed.set(sessionId, error);
        erasure.failure = error;
      }
    }
  }

  async function eraseOne(
    erasure: ErasureProgress,
    { sessionId, isLazy }: { sessionId: string; isLazy: boolean },
  ): Promise<void> {
    const readAtMs = patience.nowMonotonicMs();
    const session = await loadSession(retrying.within(receiptFor(erasure)), sessionId);
    if (session && erasure.keeps(sessionId, session, readAtMs)) return;
    const erased = await eraseSession({
      receipt: receiptFor(erasure),
      askedAtMonotonicMs: erasure.receipt.monotonicMs,
      ...{ sessionId, session, userIds: [erasure.userId], ifMatch: '', isLazy },
      eraseId: eraseIdOf(erasure, sessionId),
    });
    erasure.count(erased);
  }

  /** The same for each attempt, so that one whose answer was lost still counts what it erased. */
  function eraseIdOf({ userId, receipt }: ErasureProgress, sessionId: string): string {
    const updateId = JSON.stringify(['user', userId, String(receipt.wallMicros)]);
    return createEraseId({ sessionId, updateId }, parts.updateIdKeys?.());
  }

  /** As if it were received now: the request may have been answered long ago. */
  function receiptFor({ receipt }: ErasureProgress): Receipt {
    const monotonicMs = patience.nowMonotonicMs();
    const passedMicros = BigInt(Math.round((monotonicMs - receipt.monotonicMs) * 1000));
    return { wallMicros: receipt.wallMicros + passedMicros, monotonicMs };
  }
}

function tooMany(): Refusal {
  return new Refusal(
    'overloaded',
    `${ERASURES_MAX} users are being erased already, which is the most`,
  );
}
