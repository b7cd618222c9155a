// Noting an update in its user's index while it is appended: most users' sessions then cost no call
// of their own. Since neither waits for the other, either may have to be taken back:
//
//   dropped, but noted                   the entry is removed again, unless the session lives by a
//                                        newer update
//   stored, but the user was erased      the user was erased after the update was received: the
//                                        session is erased
//   stored, in another incarnation       it is noted again: the entry of the last note is gone
//   known                                the same: it may have been stored in another incarnation
//                                        by an attempt whose answer was lost
//
// It never fails an update, and delays it by one attempt at most: the index is in another shard,
// which may be down. Further attempts follow after the answer, and the session's next update is
// another chance.

import { createEraseId } from '../../session/update-id.ts';
import type { IndexResult, UserSession } from '../../store/session-store.ts';
import type { Unlocked } from '../appending/append-when-unlocked.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import { removeFromIndexes } from '../erasing/remove-from-indexes.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';
import type { KeepIndexed } from './keep-indexed.ts';
import { createRecentNotes } from './recent-notes.ts';

/** What becomes of an update. `dropped`: nothing of it is left. */
export type NotedOutcome = 'kept' | 'dropped';

/** The note of one update. */
export type IndexNote = {
  /** Makes index and session agree once the append has ended. */
  settle(appended: Unlocked): Promise<NotedOutcome>;
};

/** Notes an update. One that names no user keeps the entry of its session alive. */
export type NoteInUserIndex = (entry: UserSession, receipt: Receipt) => IndexNote;

export function createNoteInUserIndex(
  parts: ServiceParts,
  { eraseSession, keepIndexed }: { eraseSession: EraseSession; keepIndexed: KeepIndexed },
): NoteInUserIndex {
  const { store, patience, observer } = parts;
  const recentNotes = createRecentNotes(patience.nowMonotonicMs);

  return (entry, receipt) =>
    entry.userId === '' ? withoutUser(entry, receipt) : noteInUserIndex(entry, receipt);

  function withoutUser({ sessionId, ttlMs }: UserSession, receipt: Receipt): IndexNote {
    return {
      async settle({ status }) {
        if (status === 'stored') keepIndexed.stored({ sessionId, ttlMs, receipt });
        return status === 'dropped' ? 'dropped' : 'kept';
      },
    };
  }

  function noteInUserIndex(entry: UserSession, receipt: Receipt): IndexNote {
    const { sessionId } = entry;
    const firstFailed = Promise.withResolvers<'failed'>();
    const onFailedAttempt = () => firstFailed.resolve('failed');
    const noted = recentNotes.note(entry, store.within(receipt, { onFailedAttempt })).catch(failed);
    const first = Promise.race([firstFailed.promise, noted.then(() => 'answered' as const)]);

    return {
      async settle(appended) {
        const settled = noted.then((answer) => reconcile(appended, answer));
        if ((await first) === 'answered') return settled;
        settled.catch(failed);
        return appended.status === 'dropped' ? 'dropped' : 'kept';
      },
    };

    async function reconcile(
      appended: Unlocked,
      answer: IndexResult | 'recent' | undefined,
    ): Promise<NotedOutcome> {
      if (appended.status === 'dropped') {
        const userIds = new Set([entry.userId]);
        if (answer === 'noted') await removeFromIndexes(parts, { receipt, sessionId, userIds });
        return 'dropped';
      }
      if (answer === 'erased') return eraseLate();
      if (answer === undefined) return 'kept';
      const incarnation = appended.status === 'stored' ? appended.incarnation : undefined;
      const isNoted = recentNotes.confirm(entry, { incarnation, answer });
      return isNoted ? 'kept' : noteInUserIndex(entry, receipt).settle(appended);
    }

    /** Erases the session that got a late update of an erased user, unless it belongs to another
     * user. */
    async function eraseLate(): Promise<NotedOutcome> {
      const found = await loadSession(store.within(receipt), sessionId);
      if (found && !mayBeOf(found, entry.userId)) return 'kept';
      const eraseId = createEraseId({ sessionId, updateId: '' });
      await eraseSession({ receipt, sessionId, session: found, eraseId, ifMatch: '' });
      return 'dropped';
    }

    function failed(cause: unknown): undefined {
      observer.indexFailed({ sessionId, cause });
    }
  }
}
