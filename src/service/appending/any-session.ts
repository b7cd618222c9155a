// Writing under the condition that there is a session, whichever etag it has (`*`). The store knows
// one etag or none, so the session is read and written under the etag that it then has; if somebody
// else was faster, again.

import type { Position } from '../../store/stored-head.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession } from '../reading/read-session.ts';
import type { Receipt } from '../session-service.ts';

/** Every other attempt was beaten by a writer whose update was stored. */
const ATTEMPTS_MAX = 20;

type Conflict = { status: 'conflict' } & Position;

/** What `write` gives under the session's etag; a conflict if there is no session, or if others
 * were faster each time. */
export async function onAnySession<Result extends { status: string }>(
  parts: Pick<ServiceParts, 'store' | 'patience'>,
  session: { receipt: Receipt; sessionId: string },
  write: (ifMatch: string) => Promise<Result | Conflict>,
): Promise<Result | Conflict> {
  let met: Conflict = { status: 'conflict', etag: '', revision: 0 };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found = await loadSession(parts, session);
    if (!found) return { status: 'conflict', etag: '', revision: 0 };
    const result = await write(found.stored.etag);
    if (!isConflict(result)) return result;
    met = result;
  }
  return met;
}

function isConflict<Result extends { status: string }>(
  result: Result | Conflict,
): result is Conflict {
  return result.status === 'conflict';
}
