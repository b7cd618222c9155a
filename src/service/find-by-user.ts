// A user's live sessions, newest event first. The index only suggests: a session counts if it is live and
// its own state names the user, so neither an expired entry nor one that changed hands is ever answered.

import { loadSession, type ReadSession } from './read-session.ts';
import { userIdOf } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Receipt } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';

const PAGE = 20;
/** Index entries looked at. Dead ones are pruned as a user's sessions are written, so few stand before a
 * live one. */
const ENTRIES_MAX = 200;

export async function* findByUser(
  parts: Pick<ServiceParts, 'store' | 'patience'>,
  { receipt, userId }: { receipt: Receipt; userId: string },
): AsyncGenerator<ReadSession & { eventMs: number }> {
  const { store, patience } = parts;
  for (let offset = 0; offset < ENTRIES_MAX; offset += PAGE) {
    const page = { offset, limit: PAGE };
    const entries = await untilDeadline(() => store.userSessions(userId, page), { receipt, patience });
    for (const { sessionId, eventMs } of entries) {
      const session = await loadSession(parts, { receipt, sessionId });
      if (session && userIdOf(session.state) === userId) yield { ...session, eventMs };
    }
    if (entries.length < PAGE) return;
  }
}
