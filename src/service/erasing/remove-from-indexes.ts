import type { ServiceParts } from '../parts.ts';
import { indexEntryOf } from '../reading/index-entry.ts';
import { loadSession } from '../reading/read-session.ts';
import { userIdOf } from '../reading/restored-session.ts';
import type { Receipt } from '../session-service.ts';

type Parts = Pick<ServiceParts, 'store' | 'patience' | 'observer'>;
type Entries = {
  receipt: Receipt;
  sessionId: string;
  userIds: ReadonlySet<string>;
  isLazy?: boolean;
};

/**
 * Removes an erased session from users' indexes; answers how many entries there were, and whether
 * all of them are gone. A session that lives again by then, through a newer update, is noted again
 * for all of these users: what that update noted may have been removed, and an entry too many leads
 * nowhere. Never rejects: a failure is reported, and an entry left behind
 * leads nowhere either.
 */
export async function removeFromIndexes(
  parts: Parts,
  entries: Entries,
): Promise<{ removed: number; isComplete: boolean }> {
  const removals = await Promise.all(
    [...entries.userIds].map((userId) => removeEntry(parts, { ...entries, userId })),
  );
  if (removals.length > 0) await noteIfLive(parts, entries);
  return {
    removed: removals.reduce<number>((sum, removed = 0) => sum + removed, 0),
    isComplete: !removals.includes(undefined),
  };
}

/** How many entries one user's index had; undefined if it could not be reached in time. */
async function removeEntry(
  { store, observer }: Parts,
  { receipt, sessionId, userId, isLazy = false }: Entries & { userId: string },
): Promise<number | undefined> {
  const entries = { userId, sessionIds: [sessionId], isLazy };
  return store
    .within(receipt)
    .unindex(entries)
    .catch((cause) => {
      observer.indexFailed({ sessionId, cause });
      return undefined;
    });
}

async function noteIfLive(parts: Parts, { receipt, sessionId, userIds }: Entries): Promise<void> {
  const store = parts.store.within(receipt);
  try {
    const live = await loadSession(store, sessionId);
    if (!live) return;
    const receivedAtMonotonicMs = parts.patience.nowMonotonicMs();
    for (const userId of new Set([...userIds, userIdOf(live.state)])) {
      if (userId) await store.index(indexEntryOf(live, { userId, receivedAtMonotonicMs }));
    }
  } catch (cause) {
    parts.observer.indexFailed({ sessionId, cause });
  }
}
