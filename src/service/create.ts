import type { SessionStore } from '../store/session-store.ts';
import { createAppendWhenUnlocked } from './appending/append-when-unlocked.ts';
import { type Compactor, createCompactor } from './compacting/compactor.ts';
import { createErase } from './erase.ts';
import { createEraseUser } from './erase-user.ts';
import { createEraseSession } from './erasing/erase-session.ts';
import { createUserErasures, type UserErasures } from './erasing/user-erasures.ts';
import { createNoteInUserIndex } from './indexing/note-in-user-index.ts';
import { createInspect, createInspectUser } from './inspect.ts';
import { createLock, createUnlock } from './lock.ts';
import { createLapseWatch, type LapseWatch } from './locking/lapse-watch.ts';
import { createLockQueue } from './locking/lock-queue.ts';
import type { ServiceParts } from './parts.ts';
import { createPersist } from './persist.ts';
import { createRestore } from './restore.ts';
import { createRetryingStore } from './retrying/retrying-store.ts';
import type { SessionService } from './session-service.ts';

/** The use cases over one store, and their background work, to be closed on shutdown. */
export function createSessionService(
  given: Omit<ServiceParts, 'store'> & { store: SessionStore },
): SessionService & { compactor: Compactor; userErasures: UserErasures; lapseWatch: LapseWatch } {
  const parts = { ...given, store: createRetryingStore(given.store, given.patience) };
  const compactor = createCompactor(parts);
  const lockQueue = createLockQueue(parts.patience);
  const lapseWatch = createLapseWatch(parts);
  const eraseSession = createEraseSession(parts, { lockQueue });
  const userErasures = createUserErasures(parts, { lockQueue });
  const append = createAppendWhenUnlocked(parts, { compactor, lockQueue });
  const noteInUserIndex = createNoteInUserIndex(parts, { eraseSession });
  return {
    persist: createPersist(parts, { append, noteInUserIndex, compactor }),
    restore: createRestore(parts, { compactor }),
    inspect: createInspect(parts, { compactor }),
    inspectUser: createInspectUser(parts, { userErasures }),
    lock: createLock(parts, { lockQueue, lapseWatch }),
    unlock: createUnlock(parts, { lockQueue, lapseWatch }),
    erase: createErase(parts, { eraseSession }),
    eraseUser: createEraseUser(parts, { userErasures }),
    compactor,
    userErasures,
    lapseWatch,
  };
}
