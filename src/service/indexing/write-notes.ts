// The entries that note a session in users' indexes after an update, and their writing.

import type { DueNote } from '../../store/due-note.ts';
import type { StoreDurability } from '../../store/durability.ts';
import type { SessionStore, UserSession } from '../../store/session-store.ts';
import { indexEntryOf } from '../reading/index-entry.ts';
import { loadSession, type ReadSession } from '../reading/read-session.ts';
import { userIdOf } from '../reading/restored-session.ts';

/** An update that makes a note due. */
export type UpdateToNote = {
  sessionId: string;
  /** The user that it names; empty if none. */
  userId: string;
  /** When it was received, as stores take it. */
  moment: Pick<UserSession, 'receivedAtMonotonicMs' | 'earliestMonotonicMs'>;
  /** What its append said; undefined where that is not known any more. */
  due: DueNote | undefined;
};

export type WrittenNotes = {
  /** One that was refused, because its user was erased after the update was received. */
  erased: UserSession | undefined;
  durabilities: StoreDurability[];
  session: ReadSession | undefined;
};

/** Writes the entries that are due. Where the user is not certain, the session is read first. */
export async function writeNotes(
  store: Pick<SessionStore, 'read' | 'index'>,
  update: UpdateToNote,
): Promise<WrittenNotes> {
  const { due } = update;
  const session = due?.isCertain ? undefined : await loadSession(store, update.sessionId);
  const entries = due?.isCertain ? entriesOf(update, due) : entriesAsRead(update, session);
  const answers = await Promise.all(
    entries.map(async (entry) => ({ entry, answer: await store.index(entry) })),
  );
  return {
    erased: answers.find(({ answer }) => answer.status === 'erased')?.entry,
    durabilities: answers.map(({ answer }) => answer.durability),
    session,
  };
}

/** None where nobody was named. */
function entriesOf({ sessionId, moment }: UpdateToNote, due: DueNote): UserSession[] {
  const { userId, eventMs, ttlMs } = due;
  return userId === '' ? [] : [{ userId, sessionId, eventMs, ttlMs, ...moment }];
}

/** Entries for the user whose the session is, for the one that the update names, and for the one
 * that it is marked as noted for: the next update may make it that one's, and is not due then. */
function entriesAsRead(
  { userId, moment }: UpdateToNote,
  live: ReadSession | undefined,
): UserSession[] {
  if (!live) return [];
  const users = new Set([userId, live.stored.noted?.userId ?? '', userIdOf(live.state)]);
  users.delete('');
  return [...users].map((named) => indexEntryOf(live, { userId: named, ...moment }));
}
