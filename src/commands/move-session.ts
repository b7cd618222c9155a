// Moves a session that is stored under its id to its encrypted id. Each step may be repeated: what
// was moved before is recognised, and merged with what the session has there by now.

import { usersNamedIn } from '../service/erasing/erase-session.ts';
import { storeFirstUpdate } from '../service/legacy/first-update.ts';
import { loadSession } from '../service/reading/read-session.ts';
import { userIdOf } from '../service/reading/restored-session.ts';
import { encodeFrame } from '../session/frame.ts';
import { eventMsOf } from '../session/stamp.ts';
import { createBaseId, createEraseId } from '../session/update-id.ts';
import type { SessionStore } from '../store/session-store.ts';

/** `changed`: others write it at the same time. `damaged`: a part of it cannot be read; it stays
 * where it is. `missing`: it is not live. */
export type MoveResult = 'moved' | 'changed' | 'damaged' | 'missing';

const ATTEMPTS_MAX = 5;
/** Nobody asks for it under its former id any more. */
const TOMBSTONE_TTL_MS = 1;

/** Moves one session between two views of a store. Throws StoreUnavailable; it may be tried
 * again. */
export async function moveSession(
  { plain, encrypted }: { plain: SessionStore; encrypted: SessionStore },
  sessionId: string,
): Promise<MoveResult> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const session = await loadSession(plain, sessionId);
    if (session === undefined) return 'missing';
    if (session.outcome !== 'intact') return 'damaged';
    const { state, stored } = session;
    const { etag, incarnation, flowId, expiresAtMs, nowMs } = stored;
    await storeFirstUpdate(
      { store: encrypted, nowMonotonicMs: () => performance.now() },
      {
        ...{ sessionId, flowId, userId: userIdOf(state), frame: encodeFrame(state) },
        // What is stored after this attempt has another etag.
        updateId: createBaseId({ sessionId, layout: etag }),
        eventMs: eventMsOf(state.updates.at(-1)?.stamp),
        ttlMs: Math.max(1, expiresAtMs - nowMs),
      },
    );
    const erased = await plain.erase({
      ...{ sessionId, incarnation, ifMatch: etag, isLazy: true },
      eraseId: createEraseId({ sessionId, updateId: '' }),
      tombstoneTtlMs: TOMBSTONE_TTL_MS,
    });
    if (erased.status === 'conflict') continue;
    for (const userId of new Set(usersNamedIn(session)))
      await plain.unindex({ userId, sessionIds: [sessionId], isLazy: true });
    return 'moved';
  }
  return 'changed';
}
