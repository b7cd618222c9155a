// A store that holds only encrypted ids: ids are encrypted on their way into it, and opened in its
// answers. Keys, indexes, walks, and notes of ends are named by encrypted ids then, and a search by
// id needs no look-up.
//
// A stored id that does not open was written with another key, or without one. Nobody asks for it
// by its true id, so it is left out of lists, and reported.

import type { IdCipher, IdCiphers } from '../../session/encryption/id-cipher.ts';
import type { DueNote } from '../../store/due-note.ts';
import { createLatestEntries } from '../../store/latest-entries.ts';
import type { SessionStore, StoredSession } from '../../store/session-store.ts';
import type { IndexedSession, IndexPage } from '../../store/session-walks.ts';

/** Ids that are remembered, of each kind and in each direction: a request names the same ones
 * several times, and so do those that follow it. */
const REMEMBERED = 2000;

/** The same ids, with the latest ones remembered. `onNotOpened` is called with each stored id that
 * does not open. */
export function rememberingIds(
  { session, user }: IdCiphers,
  onNotOpened: (storedId: string) => void,
): IdCiphers {
  return {
    session: rememberingOf(session, onNotOpened),
    user: rememberingOf(user, onNotOpened),
  };
}

function rememberingOf(ids: IdCipher, onNotOpened: (storedId: string) => void): IdCipher {
  const stored = createLatestEntries<string>(REMEMBERED);
  const opened = createLatestEntries<string>(REMEMBERED);
  return {
    stored(id) {
      const known = stored.get(id);
      if (known !== undefined) return known;
      const storedId = ids.stored(id);
      stored.set(id, storedId);
      opened.set(storedId, id);
      return storedId;
    },
    opened(storedId) {
      const known = opened.get(storedId);
      if (known !== undefined) return known;
      const id = ids.opened(storedId);
      if (id === undefined) onNotOpened(storedId);
      else opened.set(storedId, id);
      return id;
    },
  };
}

/** The same store, with encrypted ids. */
export function createEncryptedIdsStore(store: SessionStore, ids: IdCiphers): SessionStore {
  const { session, user } = ids;

  /** The same, of the stored session. */
  function of<Given extends { sessionId: string }>(given: Given): Given {
    return { ...given, sessionId: session.stored(given.sessionId) };
  }

  return {
    async append(append, limits) {
      const appended = await store.append(
        { ...of(append), userId: storedUser(append.userId) },
        limits,
      );
      if (appended.status !== 'stored') return appended;
      return { ...appended, due: openedDue(appended.due) };
    },
    async read(sessionId) {
      const found = await store.read(session.stored(sessionId));
      return found && openedSession(found);
    },
    async inspect(sessionId) {
      const key = await store.inspect(session.stored(sessionId));
      return { ...key, session: key.session && openedSession(key.session) };
    },
    compact: (compaction, limits) => store.compact(of(compaction), limits),
    async touch(touch, limits) {
      const touched = await store.touch(of(touch), limits);
      return touched.status === 'touched' ? { ...touched, due: openedDue(touched.due) } : touched;
    },
    lock: (request, limits) => store.lock(of(request), limits),
    unlock: (lock, limits) => store.unlock(of(lock), limits),
    forgetLapsed: (lock, limits) => store.forgetLapsed(of(lock), limits),
    erase: (erasure, limits) => store.erase(of(erasure), limits),
    quarantine: (moves, limits) => store.quarantine(of(moves), limits),
    unseal: (sessionId, limits) => store.unseal(session.stored(sessionId), limits),
    index: (entry, limits) =>
      store.index({ ...of(entry), userId: user.stored(entry.userId) }, limits),
    unindex({ userId, sessionIds, ...how }, limits) {
      const stored = sessionIds.map((id) => session.stored(id));
      return store.unindex({ ...how, userId: user.stored(userId), sessionIds: stored }, limits);
    },
    noteEnd: (end) => store.noteEnd(of(end)),
    eraseUser: (erasure, limits) =>
      store.eraseUser({ ...erasure, userId: user.stored(erasure.userId) }, limits),
    userSessions,
    async scanSessions({ idPrefix, ...scan }) {
      const step = await store.scanSessions({ ...scan, idPrefix: '' });
      if (!step) return undefined;
      const opened = step.sessionIds.map((storedId) => session.opened(storedId));
      const sessionIds = opened.filter((id) => id?.startsWith(idPrefix)) as string[];
      return { ...step, sessionIds };
    },
    inspectUser: (userId) => store.inspectUser(user.stored(userId)),
    watch: (sessionId, follower) => store.watch(session.stored(sessionId), follower),
    momentOf: (sessionId, receivedAtMonotonicMs) =>
      store.momentOf(session.stored(sessionId), receivedAtMonotonicMs),
    shardOfSession: (sessionId) => store.shardOfSession(session.stored(sessionId)),
    shardOfUser: (userId) => store.shardOfUser(user.stored(userId)),
    ping: () => store.ping(),
    close: () => store.close(),
  };

  /** A page is less than full only at the end of the index, so what does not open is replaced by
   * entries that come after it: those may be on the next page again. */
  async function userSessions(userId: string, page: IndexPage): Promise<IndexedSession[]> {
    const { limit, after } = page;
    const from = { ...page, after: after && of(after) };
    const found: IndexedSession[] = [];
    for (let { offset } = page; ; offset += limit) {
      const entries = await store.userSessions(user.stored(userId), { ...from, offset });
      for (const { sessionId: storedId, eventMs } of entries) {
        const sessionId = session.opened(storedId);
        if (sessionId !== undefined) found.push({ sessionId, eventMs });
      }
      if (entries.length < limit || found.length >= limit) return found.slice(0, limit);
    }
  }

  /** Nobody is nobody. */
  function storedUser(userId: string): string {
    return userId === '' ? '' : user.stored(userId);
  }

  function openedUser(storedId: string): string | undefined {
    return storedId === '' ? '' : user.opened(storedId);
  }

  // Without its user, a note says nothing, and the session is read to learn whose it is.
  function openedDue(due: DueNote | undefined): DueNote | undefined {
    if (due === undefined) return undefined;
    const userId = openedUser(due.userId);
    return userId === undefined ? { ...due, userId: '', isCertain: false } : { ...due, userId };
  }

  function openedSession(found: StoredSession): StoredSession {
    return {
      ...found,
      lastEvent: withOpenedUser(found.lastEvent),
      noted: withOpenedUser(found.noted),
    };
  }

  function withOpenedUser<Named extends { userId: string }>(
    named: Named | undefined,
  ): Named | undefined {
    const userId = named && openedUser(named.userId);
    return named && userId !== undefined ? { ...named, userId } : undefined;
  }
}
