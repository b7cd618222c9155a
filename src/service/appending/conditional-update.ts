// Updates under a condition, which depend on the session as their sender has read it.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { stampAfter } from '../../session/stamp.ts';
import type { SessionStore } from '../../store/session-store.ts';
import type { Position } from '../../store/stored-head.ts';
import { ANY_SESSION, NO_SESSION } from '../conditions.ts';
import { loadSession, type ReadSession } from '../reading/read-session.ts';

/** Each attempt but the last lost against a writer whose update was stored. */
const ATTEMPTS_MAX = 20;

/** Whether the sender of an update has seen the session: with an etag of it, or its lock. */
export function hasSeen({ lockToken, ifMatch }: { lockToken: string; ifMatch: string }): boolean {
  return lockToken !== '' || !['', ANY_SESSION, NO_SESSION].includes(ifMatch);
}

/** The delta of an update whose sender has seen the session, stamped after all of it: a counter
 * that was read as 3 and is written as 4 must not lose because the clock of this sidecar is behind
 * the one that stored the 3. No update comes in between: the store takes this one only if the
 * session still has that etag, or the sender still holds the lock. */
export async function stampAfterSeen(
  load: (sessionId: string) => Promise<ReadSession | undefined>,
  delta: SessionState,
): Promise<SessionState> {
  const session = await load(delta.sessionId);
  const seen = session?.state.updates.at(-1)?.stamp;
  const updates = delta.updates.map((update) =>
    seen && update.stamp ? { ...update, stamp: stampAfter(seen, update.stamp) } : update,
  );
  return { ...delta, updates };
}

/**
 * What `write` gives under the etag of the session, whatever it is (`*`); a conflict if there is no
 * session. The store knows one etag or none, so the session is read and written under the etag that
 * was read; again, if another writer was faster, and a conflict if that happens each time.
 */
export async function onAnySession<Result extends { status: string }>(
  store: Pick<SessionStore, 'read'>,
  sessionId: string,
  write: (ifMatch: string) => Promise<Result | Conflict>,
): Promise<Result | Conflict> {
  let met: Conflict = { status: 'conflict', etag: '', revision: 0 };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found = await loadSession(store, sessionId);
    if (!found) return { status: 'conflict', etag: '', revision: 0 };
    const result = await write(found.stored.etag);
    if (!isConflict(result)) return result;
    met = result;
  }
  return met;
}

type Conflict = { status: 'conflict' } & Position;

function isConflict<Result extends { status: string }>(
  result: Result | Conflict,
): result is Conflict {
  return result.status === 'conflict';
}
