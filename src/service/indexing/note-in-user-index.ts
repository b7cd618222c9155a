// Noting a session in its user's index, once an update has been stored that makes that due
// (due-note.ts says when). The store notes then, too, when the session ends. A note stays due
// until an update has confirmed it, and only one that was written here is confirmed, with the
// session's next update. So where a note fails, or this process ends before, the session's next
// update through any sidecar writes it. A note that fails also goes to the spool, for sessions that
// have no next update.
//
//   stored, nothing due        nothing to do; the same for a touch
//   stored, note due           noted; where the user is not certain, the session is read first
//   known                      the same: the answer to an earlier attempt may have been lost
//   noted, user was erased     the user was erased after the update was received: the session is
//                              erased
//
// It never fails an update: the index is in another shard, which may be down. The answer waits for
// one attempt at the note; further attempts follow after it. It never waits for the note of the
// session's end, which the store keeps until it is stored. A touch leaves that note as it is: at
// the end that was noted, the session is found alive, and is noted again.

import { createEraseId } from '../../session/update-id.ts';
import type { DueNote } from '../../store/due-note.ts';
import { type StoreDurability, weakestOf } from '../../store/durability.ts';
import type { Kept, UserSession } from '../../store/session-store.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession, type ReadSession } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';
import type { ConfirmedNotes } from './confirmed-notes.ts';
import { noteEnd } from './note-end.ts';
import { writeNotes } from './write-notes.ts';

/** What becomes of an update. `dropped`: nothing of it is left. Otherwise how safely its notes are
 * kept, or the update itself where nothing was noted. */
export type NotedOutcome = 'dropped' | StoreDurability;

/** How an append has ended, or a touch, which is noted in the same way. */
export type AppendedOrTouched =
  | { status: 'dropped' }
  | ({ status: 'known' } & Kept)
  | ({ status: 'stored'; incarnation: string; due: DueNote | undefined } & Kept)
  | ({ status: 'touched'; due: DueNote | undefined } & Kept);

/** An update, and how its append has ended. */
export type AppendedNote = {
  receipt: Receipt;
  sessionId: string;
  updateId: string;
  /** The user that it names; empty if none. */
  userId: string;
  appended: AppendedOrTouched;
};

/** An update that is stored. */
type StoredNote = AppendedNote & { appended: Kept };

/** Keeps a note that could not be written, to be written later; answers whether it is kept. */
export type KeepNote = (update: AppendedNote) => Promise<boolean>;

/** Makes a user's index agree with an update; answers at once where nothing is to be noted, as
 * after most updates. */
export type NoteInUserIndex = (update: AppendedNote) => NotedOutcome | Promise<NotedOutcome>;

export function createNoteInUserIndex(
  parts: ServiceParts,
  {
    eraseSession,
    keepNote,
    confirmedNotes,
  }: {
    eraseSession: EraseSession;
    keepNote: KeepNote | undefined;
    confirmedNotes: ConfirmedNotes;
  },
): NoteInUserIndex {
  const { store, patience, observer } = parts;

  return function noteInUserIndex(update) {
    const { appended } = update;
    if (appended.status === 'dropped') return 'dropped';
    if (appended.status === 'known') return note({ ...update, appended }, undefined);
    const { due } = appended;
    if (!due) return appended.durability;
    // Nobody was named, so there is no index to write.
    if (appended.status === 'stored' && due.isCertain && due.userId === '') {
      noteEndOf(update, { incarnation: appended.incarnation, due });
      confirmedNotes.add(update.sessionId, {
        tag: due.tag,
        atMonotonicMs: patience.nowMonotonicMs(),
      });
      return appended.durability;
    }
    return note({ ...update, appended }, due);
  };

  function noteEndOf(
    { sessionId, receipt }: AppendedNote,
    stored: { incarnation: string; due: DueNote },
  ): void {
    const receivedAtMonotonicMs = receipt.monotonicMs;
    noteEnd(store.once, { sessionId, receivedAtMonotonicMs, ...stored });
  }

  /** Notes what is due, or where that is not known, what the session says. */
  async function note(update: StoredNote, due: DueNote | undefined): Promise<NotedOutcome> {
    const { receipt, sessionId, userId, appended } = update;
    const { durability } = appended;
    const firstFailed = Promise.withResolvers<'failed'>();
    const onFailedAttempt = () => firstFailed.resolve('failed');
    const retrying = store.within(receipt, { onFailedAttempt });
    const failed = (cause: unknown) => observer.indexFailed({ sessionId, cause });
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs };
    const atMonotonicMs = patience.nowMonotonicMs();
    const noted = writeNotes(retrying, { sessionId, userId, moment, due });
    if (due && appended.status === 'stored')
      noteEndOf(update, { incarnation: appended.incarnation, due });
    const settled = noted.then(
      (notes) => {
        const reached = weakestOf(durability, ...notes.durabilities);
        if (notes.erased) return eraseLate(receipt, notes.erased, reached);
        if (due) confirmedNotes.add(sessionId, { tag: due.tag, atMonotonicMs });
        if (!due && notes.session) noteEndAsRead(notes.session);
        return reached;
      },
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
    await keepNote?.(update);
    return durability;
  }

  /** The answer to the append that made the note due was lost: the session says when it ends. */
  function noteEndAsRead({ state, stored }: ReadSession): void {
    const { incarnation, expiresAtMs, nowMs } = stored;
    const endsAtMonotonicMs = patience.nowMonotonicMs() + expiresAtMs - nowMs;
    store.once.noteEnd({ sessionId: state.sessionId, incarnation, endsAtMonotonicMs });
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
