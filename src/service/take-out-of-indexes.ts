import { eventMsOf } from '../session/stamp.ts';
import { loadSession } from './read-session.ts';
import { userIdOf } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Receipt } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';

type Parts = Pick<ServiceParts, 'store' | 'patience' | 'observer'>;
type Entries = { receipt: Receipt; sessionId: string; userIds: ReadonlySet<string> };

/**
 * Takes a session that was erased out of users' indexes; says how many entries there were, and whether all of
 * these are gone. A session that lives again by then, by a newer update, is noted again, since its entry may
 * be among those taken out. Never rejects: a failure is told, and an entry left behind leads nowhere.
 */
export async function takeOutOfIndexes(
  parts: Parts,
  entries: Entries,
): Promise<{ removed: number; isComplete: boolean }> {
  const { store, patience, observer } = parts;
  const { receipt, sessionId, userIds } = entries;
  let removed = 0;
  let isComplete = true;
  for (const userId of userIds) {
    try {
      const unindex = () => store.unindex({ userId, sessionIds: [sessionId] });
      removed += await untilDeadline(unindex, { receipt, patience });
    } catch (cause) {
      isComplete = false;
      observer.indexFailed({ sessionId, cause });
    }
  }
  if (userIds.size > 0) await noteIfLive(parts, entries);
  return { removed, isComplete };
}

async function noteIfLive(parts: Parts, { receipt, sessionId }: Entries): Promise<void> {
  const { store, patience, observer } = parts;
  try {
    const live = await loadSession(parts, { receipt, sessionId });
    const userId = live ? userIdOf(live.state) : '';
    if (!live || !userId) return;
    const entry = {
      userId,
      sessionId,
      eventMs: eventMsOf(live.state.updates.at(-1)?.stamp),
      receivedAtMonotonicMs: patience.nowMonotonicMs(),
      ttlMs: live.stored.expiresAtMs - live.stored.nowMs,
    };
    await untilDeadline(() => store.index(entry), { receipt, patience });
  } catch (cause) {
    observer.indexFailed({ sessionId, cause });
  }
}
