// EraseUser: first the user's tombstone, so that nothing late can be noted any more; then every session that
// the user's index names. A session is erased if its state names the user, or cannot be read, or if it has
// ended: what it left in quarantine goes, and an update that was noted and has not been stored yet meets a
// tombstone. One that has become another user's stays, and its entry with it: it may become this user's again,
// and a sidecar that told the index of it within the last minute would not do so again. Nothing is found by
// that entry meanwhile.
//
// Each session by itself: where the time runs out, what was erased stays erased, and a repetition goes on
// from there.

import { Refusal } from '../session/errors.ts';
import { checkId } from '../session/identifier.ts';
import { createEraseId } from '../session/update-id.ts';
import { type EraseSession, TOMBSTONE_TTL_MS } from './erase-session.ts';
import { loadSession } from './read-session.ts';
import { mayBeOf } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { ErasedSession, ErasedUser, Receipt, SessionService } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';

/** Sessions erased at one time. */
const PAGE = 20;

type UserErasure = { receipt: Receipt; userId: string };

export function createEraseUser(
  parts: ServiceParts,
  { eraseSession }: { eraseSession: EraseSession },
): SessionService['eraseUser'] {
  const { store, patience } = parts;

  return async function eraseUser({ receipt, userId }) {
    checkId(userId, { pointer: '/userId', required: true });
    try {
      return await eraseAll({ receipt, userId });
    } catch (error) {
      throw error instanceof Refusal && error.reason === 'unavailable' ? goesOn(error) : error;
    }
  };

  async function eraseAll({ receipt, userId }: UserErasure): Promise<ErasedUser> {
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs, tombstoneTtlMs: TOMBSTONE_TTL_MS };
    await untilDeadline(() => store.eraseUser({ userId, ...moment }), { receipt, patience });
    const sessions: ErasedSession[] = [];
    for await (const page of pagesOf({ receipt, userId })) {
      const erased = await Promise.all(page.map((sessionId) => eraseOne(sessionId, { receipt, userId })));
      sessions.push(...erased.filter((session) => session !== undefined));
    }
    const untilMs = Number(receipt.wallMicros / 1000n) + TOMBSTONE_TTL_MS;
    return { userId, sessions, pending: [{ kind: 'late_updates', untilMs }] };
  }

  /** The sessions in the index, each once. Those handled leave the index as they come, so the next ones are
   * where they were; one that stays, or was noted again by a newer update, is passed over. */
  async function* pagesOf({ receipt, userId }: UserErasure): AsyncGenerator<string[]> {
    const seen = new Set<string>();
    for (let offset = 0; ; ) {
      if (patience.nowMonotonicMs() > receipt.monotonicMs + patience.requestDeadlineMs) throw goesOn();
      const page = { offset, limit: PAGE };
      const entries = await untilDeadline(() => store.userSessions(userId, page), { receipt, patience });
      const found = entries.map(({ sessionId }) => sessionId).filter((sessionId) => !seen.has(sessionId));
      for (const sessionId of found) seen.add(sessionId);
      if (found.length > 0) yield found;
      else if (entries.length < PAGE) return;
      else offset += entries.length;
    }
  }

  /** Erases a session unless it is another user's; undefined if there was nothing of it. */
  async function eraseOne(
    sessionId: string,
    { receipt, userId }: UserErasure,
  ): Promise<ErasedSession | undefined> {
    const session = await loadSession(parts, { receipt, sessionId });
    if (session && !mayBeOf(session, userId)) return undefined;
    const eraseId = createEraseId({ sessionId, updateId: '' });
    const erasure = { receipt, sessionId, session, userIds: [userId], eraseId, ifMatch: '' };
    const erased = await eraseSession(erasure);
    return erased.found || erased.frames > 0 || erased.quarantined > 0 ? erased : undefined;
  }
}

function goesOn(cause?: unknown): Refusal {
  return new Refusal(
    'unavailable',
    'not all sessions of the user could be erased in time: send the request again, the repetition goes on',
    { cause },
  );
}
