// Where the sessions of a list are found: in the index of a user, or by a scan of the store.

import { ID_MAX_LENGTH } from '../../session/limits.ts';
import { type SessionStore, StoreUnavailable } from '../../store/session-store.ts';
import type { IndexedSession } from '../../store/session-walks.ts';
import { unusableToken, type WalkState } from './page-token.ts';

/** How many keys one step of a scan looks at: few where many fit, since what is found beyond the
 * page goes into its token. */
const KEYS_MIN = 20;
const KEYS_MAX = 1000;

/** Entries of an index that are read together. */
const ENTRIES_AT_ONCE = 50;

/** What no id is greater than after its prefix. */
const GREATEST_REST = '\u{10FFFF}'.repeat(ID_MAX_LENGTH);

/** A walk over sessions that may belong to a list. */
export type Walk = {
  /** The next sessions, at most so many; none does not mean that it is at its end. */
  next(countMax: number): Promise<readonly string[]>;
  /** Where it is; undefined at its end. */
  state(): WalkState | undefined;
  /** Whether sessions may be found again. */
  hasRestarted(): boolean;
};

/** Walks through the index of a user, newest event first. Its state names no session whose id does
 * not begin with `idPrefix`. */
export function walkIndex(
  store: Pick<SessionStore, 'userSessions'>,
  { userId, idPrefix, begin }: { userId: string; idPrefix: string; begin: WalkState | undefined },
): Walk {
  let after = begin?.after;
  let waiting: IndexedSession[] = [];
  let isRead = false;
  return {
    async next(countMax) {
      if (waiting.length === 0 && !isRead) {
        waiting = await store.userSessions(userId, { offset: 0, limit: ENTRIES_AT_ONCE, after });
        isRead = waiting.length < ENTRIES_AT_ONCE;
      }
      const taken = waiting.slice(0, countMax);
      waiting = waiting.slice(countMax);
      after = taken.at(-1) ?? after;
      return taken.map(({ sessionId }) => sessionId);
    },
    state: () =>
      after === undefined || (isRead && waiting.length === 0)
        ? undefined
        : { after: namelessPlace(after, idPrefix) },
    hasRestarted: () => false,
  };
}

/** The entry itself, if its id begins with the prefix. Otherwise a place that names no session, and
 * has the same entries of the prefix after it: those of one time come in the reverse order of the
 * bytes of their ids. */
function namelessPlace({ sessionId, eventMs }: IndexedSession, idPrefix: string): IndexedSession {
  if (sessionId.startsWith(idPrefix)) return { sessionId, eventMs };
  const isBeforeThem = Buffer.compare(Buffer.from(sessionId), Buffer.from(idPrefix)) > 0;
  return { sessionId: isBeforeThem ? `${idPrefix}${GREATEST_REST}` : '', eventMs };
}

/** Walks over all sessions whose ids begin with `idPrefix`. `onSkipped` is called with each part of
 * the store that cannot be reached; without it that fails the walk. */
export function walkScan(
  store: Pick<SessionStore, 'scanSessions'>,
  {
    idPrefix,
    begin = { position: '', waiting: [] },
    onSkipped,
  }: { idPrefix: string; begin: WalkState | undefined; onSkipped?: (shard: string) => void },
): Walk {
  let position = begin.position;
  let waiting = begin.waiting ?? [];
  let hasRestarted = false;
  let count = KEYS_MIN;
  return {
    async next(countMax) {
      if (waiting.length === 0 && position !== undefined) {
        count = Math.max(count, Math.min(countMax, KEYS_MAX));
        const step = await scan(position);
        ({ next: position, sessionIds: waiting } = step);
        hasRestarted ||= step.hasRestarted;
        // Where few keys fit, the next step looks at more.
        count = Math.min(KEYS_MAX, waiting.length * 4 < count ? count * 2 : KEYS_MIN);
      }
      const taken = waiting.slice(0, countMax);
      waiting = waiting.slice(countMax);
      return taken;
    },
    state: () =>
      position === undefined && waiting.length === 0 ? undefined : { position, waiting },
    hasRestarted: () => hasRestarted,
  };

  async function scan(at: string) {
    const step = { position: at, idPrefix, count };
    try {
      return usable(await store.scanSessions(step));
    } catch (error) {
      if (onSkipped === undefined || !(error instanceof StoreUnavailable)) throw error;
      const skipped = usable(await store.scanSessions({ ...step, skipsShard: true }));
      if (skipped.skippedShard === undefined) throw error;
      onSkipped(skipped.skippedShard);
      return skipped;
    }
  }
}

function usable<Step>(step: Step | undefined): Step {
  if (step !== undefined) return step;
  throw unusableToken('it is of another store');
}
