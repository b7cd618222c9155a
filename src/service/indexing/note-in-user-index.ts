// Noting a session in its user's index, once an update has been stored that makes that due
// (due-note.ts says when). The append has marked the session as noted; so it is marked as not noted
// again before an update is answered whose note has failed, and the session's next update, through
// whichever sidecar, is another chance. A note that is lost otherwise is due again in time.
//
//   stored, nothing due        nothing to do
//   stored, note due           noted; where the user is not certain, the session is read first
//   known                      the same: the answer to an earlier attempt may have been lost
//   noted, user was erased     the user was erased after the update was received: the session is
//                              erased
//
// It never fails an update: the index is in another shard, which may be down. The answer waits for
// one attempt at the note; further attempts follow after it.

import { createEraseId } from '../../session/update-id.ts';
import type { DueNote } from '../../store/due-note.ts';
import { type StoreDurability, weakestOf } from '../../store/durability.ts';
import type { Kept, UserSession } from '../../store/session-store.ts';
import type { Unlocked } from '../appending/append-when-unlocked.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import type { ServiceParts } from '../parts.ts';
import { indexEntryOf } from '../reading/index-entry.ts';
import { loadSession } from '../reading/read-session.ts';
import { mayBeOf, userIdOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';

type StoreWithin = ReturnType<ServiceParts['store']['within']>;

/** What becomes of an update. `dropped`: nothing of it is left. Otherwise how safely its notes are
 * kept, or the update itself where nothing was noted. */
export type NotedOutcome = 'dropped' | StoreDurability;

/** An update, and how its append has ended. */
export type AppendedNote = {
  receipt: Receipt;
  sessionId: string;
  /** The user that it names; empty if none. */
  userId: string;
  appended: Exclude<Unlocked, { status: 'lock-lost' | 'conflict' }>;
};

/** An update that is stored. */
type StoredNote = AppendedNote & { appended: Kept };

/** Makes a user's index agree with an update. */
export type NoteInUserIndex = (update: AppendedNote) => Promise<NotedOutcome>;

export function createNoteInUserIndex(
  parts: ServiceParts,
  { eraseSession }: { eraseSession: EraseSession },
): NoteInUserIndex {
  const { store, observer } = parts;

  return async function noteInUserIndex(update) {
    const { appended } = update;
    if (appended.status === 'dropped') return 'dropped';
    if (appended.status === 'known') return noteOrForget({ ...update, appended }, undefined);
    const { due } = appended;
    if (!due) return appended.durability;
    const entries = due.isCertain ? [entryOf(update, due)] : undefined;
    return noteOrForget({ ...update, appended }, entries);
  };

  /** Notes the entries given, or those of a session that is to be read. */
  async function noteOrForget(
    update: StoredNote,
    entries: UserSession[] | undefined,
  ): Promise<NotedOutcome> {
    const { receipt, sessionId } = update;
    const { durability } = update.appended;
    const firstFailed = Promise.withResolvers<'failed'>();
    const onFailedAttempt = () => firstFailed.resolve('failed');
    const retrying = store.within(receipt, { onFailedAttempt });
    const failed = (cause: unknown) => observer.indexFailed({ sessionId, cause });
    const noted = noteAll(update, entries, retrying);
    const settled = noted.then(
      ({ erased, durability }) => (erased ? eraseLate(receipt, erased, durability) : durability),
      (cause): NotedOutcome => {
        failed(cause);
        return durability;
      },
    );
    const first = Promise.race([
      firstFailed.promise,
      noted.then(
        () => 'noted' as const,
        () => 'failed' as const,
      ),
    ]);
    if ((await first) === 'noted') return settled;
    settled.catch(failed);
    await store.once.unnote(sessionId).catch(failed);
    return durability;
  }

  /** Writes the entries; answers how safely they are kept, and one that was refused because its
   * user was erased. */
  async function noteAll(
    update: StoredNote,
    entries: UserSession[] | undefined,
    retrying: StoreWithin,
  ): Promise<{ erased: UserSession | undefined; durability: StoreDurability }> {
    const noted = entries ?? (await entriesAsRead(update, retrying));
    const answers = await Promise.all(
      noted.map(async (entry) => ({ entry, answer: await retrying.index(entry) })),
    );
    const erased = answers.find(({ answer }) => answer.status === 'erased')?.entry;
    const durabilities = answers.map(({ answer }) => answer.durability);
    return { erased, durability: weakestOf(update.appended.durability, ...durabilities) };
  }

  /** Entries for the user whose the session is, for the one that the update names, and for the one
   * that it is marked as noted for: the next update may make it that one's, and is not due then. */
  async function entriesAsRead(
    { receipt, sessionId, userId }: StoredNote,
    retrying: StoreWithin,
  ): Promise<UserSession[]> {
    const live = await loadSession(retrying, sessionId);
    if (!live) return [];
    const users = new Set([userId, live.stored.noted?.userId ?? '', userIdOf(live.state)]);
    users.delete('');
    return [...users].map((named) =>
      indexEntryOf(live, { userId: named, receivedAtMonotonicMs: receipt.monotonicMs }),
    );
  }

  /** Erases the session that got a late update of an erased user, unless it belongs to another
   * user. */
  async function eraseLate(
    receipt: Receipt,
    { sessionId, userId }: UserSession,
    durability: StoreDurability,
  ): Promise<NotedOutcome> {
    const found = await loadSession(store.within(receipt), sessionId);
    if (found && !mayBeOf(found, userId)) return durability;
    const eraseId = createEraseId({ sessionId, updateId: '' });
    await eraseSession({ receipt, sessionId, session: found, eraseId, ifMatch: '' });
    return 'dropped';
  }
}

function entryOf(
  { receipt, sessionId }: AppendedNote,
  { userId, eventMs, ttlMs }: DueNote,
): UserSession {
  return { userId, sessionId, eventMs, ttlMs, receivedAtMonotonicMs: receipt.monotonicMs };
}
