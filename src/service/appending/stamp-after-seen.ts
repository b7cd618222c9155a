// An update with an etag or a lock is made from the session that its sender has read, so it must
// win over all of that: a counter that was read as 3 and is written as 4 may not lose because the
// clock of this sidecar is behind the one that took the 3. So the session is read, and the update
// is stamped after its latest. Nobody comes in between: the store takes the update only if the etag
// is still the session's, or the lock is still the sender's.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { stampAfter } from '../../session/stamp.ts';
import { NO_SESSION } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import type { Receipt } from '../session-service.ts';

type Conditions = { receipt: Receipt; lockToken: string; ifMatch: string };

/** The delta of an update, after all that its conditions say its sender has seen. */
export async function comeAfterWhatWasSeen(
  parts: Pick<ServiceParts, 'store' | 'patience'>,
  { receipt, lockToken, ifMatch }: Conditions,
  delta: SessionState,
): Promise<SessionState> {
  if (lockToken === '' && (ifMatch === '' || ifMatch === NO_SESSION)) return delta;
  const session = await loadSession(parts, { receipt, sessionId: delta.sessionId });
  const seen = session?.state.updates.at(-1)?.stamp;
  const updates = delta.updates.map((update) =>
    seen && update.stamp ? { ...update, stamp: stampAfter(seen, update.stamp) } : update,
  );
  return { ...delta, updates };
}
