// Telling a user's index of an update, beside its append: most users' sessions then cost no call of
// their own. Since neither waits for the other, either may have to be taken back:
//
//   dropped, and the index noted it     the entry is taken out again, unless the session lives by a
//   newer update
//   stored, and the index says erased   the user was erased after the update was received: the
//   session is erased
//   stored, in another incarnation      the index is told again: what it had been told of is gone
//   known                               the same: it may have been stored in another one, its
//   answer lost
//
// It never fails an update, and delays it by one attempt at most: the index lies in another shard,
// which may be down. Further attempts go on behind the answer, and the session's next update is
// another chance.

import { createEraseId } from '../../session/update-id.ts';
import type { AttemptLimits, IndexResult, UserSession } from '../../store/session-store.ts';
import type { Unlocked } from '../appending/append-when-unlocked.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import { takeOutOfIndexes } from '../erasing/take-out-of-indexes.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';
import type { UserIndex } from './user-index.ts';

/** `dropped`: nothing of the update is left. */
export type Fate = 'kept' | 'dropped';

/** The telling of one update. */
export type Telling = {
  /** Brings index and session in line once it is known what became of the append. */
  settle(appended: Unlocked): Promise<Fate>;
};

export type TellUserIndex = (entry: UserSession, receipt: Receipt) => Telling;

export function createTellUserIndex(
  parts: ServiceParts,
  { userIndex, eraseSession }: { userIndex: UserIndex; eraseSession: EraseSession },
): TellUserIndex {
  const { patience, observer } = parts;

  return function tellUserIndex(entry, receipt) {
    const { sessionId } = entry;
    const firstAttempt = Promise.withResolvers<'answered' | 'failed'>();
    const note = (limits: AttemptLimits) => {
      const noted = userIndex.note(entry, limits);
      noted.then(
        () => firstAttempt.resolve('answered'),
        () => firstAttempt.resolve('failed'),
      );
      return noted;
    };
    const told = untilDeadline(note, { receipt, patience }).catch(failed);
    // An attempt that hangs is given up at the deadline.
    const first = Promise.race([firstAttempt.promise, told.then(() => 'answered' as const)]);

    return {
      async settle(appended) {
        const settled = told.then((answer) => reconcile(appended, answer));
        if ((await first) === 'answered') return settled;
        settled.catch(failed);
        return appended.status === 'dropped' ? 'dropped' : 'kept';
      },
    };

    async function reconcile(
      appended: Unlocked,
      answer: IndexResult | 'recent' | undefined,
    ): Promise<Fate> {
      if (appended.status === 'dropped') {
        const userIds = new Set([entry.userId]);
        if (answer === 'noted') await takeOutOfIndexes(parts, { receipt, sessionId, userIds });
        return 'dropped';
      }
      if (answer === 'erased') return eraseLate();
      if (answer === undefined) return 'kept';
      const incarnation = appended.status === 'stored' ? appended.incarnation : undefined;
      const isTold = userIndex.confirm(entry, { incarnation, answer });
      return isTold ? 'kept' : tellUserIndex(entry, receipt).settle(appended);
    }

    /** Erases the session to which a late update of an erased user came, unless it is another
     * user's. */
    async function eraseLate(): Promise<Fate> {
      const found = await loadSession(parts, { receipt, sessionId });
      if (found && !mayBeOf(found, entry.userId)) return 'kept';
      const eraseId = createEraseId({ sessionId, updateId: '' });
      await eraseSession({ receipt, sessionId, session: found, eraseId, ifMatch: '' });
      return 'dropped';
    }

    function failed(cause: unknown): undefined {
      observer.indexFailed({ sessionId, cause });
    }
  };
}
