import type { AttemptLimits } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';
import { indexEntryOf } from '../reading/index-entry.ts';
import { loadSession } from '../reading/read-session.ts';
import { userIdOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';

type Parts = Pick<ServiceParts, 'store' | 'patience' | 'observer'>;
type Entries = {
  receipt: Receipt;
  sessionId: string;
  userIds: ReadonlySet<string>;
  isLazy?: boolean;
};

/**
 * Takes a session that was erased out of users' indexes; says how many entries there were, and
 * whether all of these are gone. A session that lives again by then, by a newer update, is noted
 * again for all of these users: a sidecar that told the index of one within the last minute would
 * not do so again, and an entry too many leads nowhere. Never rejects: a failure is told, and an
 * entry left behind leads nowhere either.
 */
export async function takeOutOfIndexes(
  parts: Parts,
  entries: Entries,
): Promise<{ removed: number; isComplete: boolean }> {
  const removals = await Promise.all(
    [...entries.userIds].map((userId) => takeOut(parts, { ...entries, userId })),
  );
  if (removals.length > 0) await noteIfLive(parts, entries);
  return {
    removed: removals.reduce<number>((sum, removed = 0) => sum + removed, 0),
    isComplete: !removals.includes(undefined),
  };
}

/** How many entries there were in one user's index; undefined if it could not be reached in time. */
async function takeOut(
  { store, patience, observer }: Parts,
  { receipt, sessionId, userId, isLazy = false }: Entries & { userId: string },
): Promise<number | undefined> {
  const unindex = (limits: AttemptLimits) =>
    store.unindex({ userId, sessionIds: [sessionId], isLazy }, limits);
  return untilDeadline(unindex, { receipt, patience }).catch((cause) => {
    observer.indexFailed({ sessionId, cause });
    return undefined;
  });
}

async function noteIfLive(parts: Parts, { receipt, sessionId, userIds }: Entries): Promise<void> {
  const { store, patience, observer } = parts;
  try {
    const live = await loadSession(parts, { receipt, sessionId });
    if (!live) return;
    const receivedAtMonotonicMs = patience.nowMonotonicMs();
    const users = new Set([...userIds, userIdOf(live.state)]);
    for (const userId of users) {
      const entry = indexEntryOf(live, { userId, receivedAtMonotonicMs });
      if (userId)
        await untilDeadline((limits) => store.index(entry, limits), { receipt, patience });
    }
  } catch (cause) {
    observer.indexFailed({ sessionId, cause });
  }
}
