// A user's live sessions, newest event first. The index only suggests: a session counts if it is
// live and, as far as it can be read, belongs to the user, so neither an expired entry nor a
// session that another user took over is answered.
//
// An entry says when the session's latest event was, to less than NOTE_EVERY_MS: it may have been
// later. So the order is that of the sessions as they are read, and entries are read for as long as
// one of them may belong to a newer session than those found. Mostly that is one, or a few, which
// are read together.
//
// A damaged session counts as well, in its place: without it an older session would be answered as
// the newest, or none at all. If its user is lost with the damage, the index entry decides, which
// an update of this user wrote, unless a readable frame names somebody else. Without any such
// frame, nothing of the session's contents is answered, and it counts as new as it may be.

import type { Caller } from '../../session/caller.ts';
import { eventMsOf } from '../../session/stamp.ts';
import { NOTE_EVERY_MS } from '../../store/due-note.ts';
import type { SessionStore } from '../../store/session-store.ts';
import type { IndexedSession } from '../../store/session-walks.ts';
import { maySee } from '../access/rights.ts';
import type { ReadSession } from './read-session.ts';
import { mayBeOf } from './restored-session.ts';
import type { SessionReading } from './session-reading.ts';

/** Index entries read at one time. */
const PAGE = 20;
/** Sessions read at one time. */
const READ_AT_ONCE = 10;
/** Index entries read at most. Dead ones are pruned as a user's sessions are written, so few come
 * before a live one. */
export const ENTRIES_MAX = 1000;
/** Once so many sessions are found, only these are compared: nobody has more within ten minutes. */
const COMPARED_MAX = 100;

/** A session of a user, as it is read. */
export type FoundSession = ReadSession & {
  /** Time of its latest event, unix ms; where that cannot be read, the time that was noted. */
  eventMs: number;
};

/** Finds the newest live sessions of a user that the caller may see, at most `count`. `isComplete`:
 * the user has no others that may be newer; false if too many entries lead nowhere. */
export async function findByUser(
  store: Pick<SessionStore, 'userSessions' | 'read' | 'inspect' | 'inspectUser'>,
  userId: string,
  {
    count,
    reading,
    caller,
  }: {
    count: number;
    reading: Pick<SessionReading, 'load' | 'sessionsOf'>;
    caller: Caller | undefined;
  },
): Promise<{ sessions: FoundSession[]; isComplete: boolean }> {
  const found: (FoundSession & { latestMs: number })[] = [];
  const unnoted = reading.sessionsOf(userId);
  const isToRead = ({ sessionId }: IndexedSession) =>
    maySee(caller, sessionId) && !unnoted.includes(sessionId);
  const unnotedSeen = unnoted.filter((sessionId) => maySee(caller, sessionId));
  if (unnotedSeen.length > 0)
    await add(unnotedSeen.map((sessionId) => ({ sessionId, eventMs: 0 })));
  const comparedMax = Math.max(COMPARED_MAX, count);
  for (let offset = 0; ; offset += PAGE) {
    const entries = await store.userSessions(userId, { offset, limit: PAGE });
    if (entries.length > 0 && offset >= ENTRIES_MAX) return answer(found.length >= count);
    for (let left = entries; left.length > 0; ) {
      const batch = nextBatch(left, { isFirst: offset === 0 && left === entries });
      if (batch.length === 0) return answer(true);
      left = left.slice(batch.length);
      await add(batch.filter(isToRead));
    }
    if (entries.length < PAGE) return answer(true);
  }

  async function add(entries: readonly IndexedSession[]): Promise<void> {
    const sessions = await Promise.all(
      entries.map(({ sessionId }) => reading.load(store, sessionId)),
    );
    for (const [place, session] of sessions.entries()) {
      const noted = entries[place]?.eventMs ?? 0;
      if (session && mayBeOf(session, userId)) found.push(placed(session, noted));
    }
    // The sort is stable, and entries come newest first: so do sessions of one instant.
    found.sort((a, b) => b.latestMs - a.latestMs);
  }

  /** The next entries that may belong to one of the newest. The first ones are those that may be
   * newer than the first of them, which mostly is the one that is needed. */
  function nextBatch(
    left: readonly IndexedSession[],
    { isFirst }: { isFirst: boolean },
  ): IndexedSession[] {
    if (found.length >= comparedMax) return [];
    const first = isFirst ? left[0]?.eventMs : undefined;
    const enoughMs = found[count - 1]?.latestMs ?? first ?? Number.NEGATIVE_INFINITY;
    return left.slice(0, READ_AT_ONCE).filter(({ eventMs }) => eventMs + NOTE_EVERY_MS > enoughMs);
  }

  function answer(isComplete: boolean): { sessions: FoundSession[]; isComplete: boolean } {
    return { sessions: found.slice(0, count), isComplete };
  }
}

function placed(session: ReadSession, notedMs: number): FoundSession & { latestMs: number } {
  const { outcome, state } = session;
  if (outcome === 'fallback')
    return { ...session, eventMs: notedMs, latestMs: notedMs + NOTE_EVERY_MS };
  const readMs = eventMsOf(state.updates.at(-1)?.stamp);
  const eventMs = outcome === 'intact' ? readMs : Math.max(readMs, notedMs);
  return { ...session, eventMs, latestMs: eventMs };
}
