import type { SessionStore } from '../store/session-store.ts';
import { createAppendWhenUnlocked } from './appending/append-when-unlocked.ts';
import { type Compactor, createCompactor } from './compacting/compactor.ts';
import { createErase } from './erase.ts';
import { createEraseUser } from './erase-user.ts';
import { createEraseSession } from './erasing/erase-session.ts';
import { createUserErasures, type UserErasures } from './erasing/user-erasures.ts';
import { createConfirmedNotes } from './indexing/confirmed-notes.ts';
import { createNoteInUserIndex, type KeepNote } from './indexing/note-in-user-index.ts';
import { createInspect, createInspectUser } from './inspect.ts';
import { createLock, createUnlock } from './lock.ts';
import { createLapseWatch, type LapseWatch } from './locking/lapse-watch.ts';
import { createLockQueue } from './locking/lock-queue.ts';
import type { ServiceParts } from './parts.ts';
import { createPersist } from './persist.ts';
import { STORED_SESSIONS } from './reading/session-reading.ts';
import { createRestore } from './restore.ts';
import { createRetryingStore } from './retrying/retrying-store.ts';
import type { SessionService } from './session-service.ts';
import type { CreateSpooling, Spooling } from './spooling/spooling.ts';
import { createTouch } from './touch.ts';

type BackgroundWork = {
  compactor: Compactor;
  userErasures: UserErasures;
  lapseWatch: LapseWatch;
  /** Undefined without a spool. */
  spooling: Spooling | undefined;
};

/** The use cases over one store, and their background work, to be closed on shutdown. */
export function createSessionService({
  createSpooling,
  ...given
}: Omit<ServiceParts, 'store'> & {
  store: SessionStore;
  /** Undefined: there is no spool. */
  createSpooling?: CreateSpooling | undefined;
}): SessionService & BackgroundWork {
  const parts = {
    ...given,
    store: createRetryingStore(given.store, given.patience, given.observer.storeRetried),
  };
  const compactor = createCompactor(parts);
  const lockQueue = createLockQueue(parts.patience);
  const lapseWatch = createLapseWatch(parts);
  const eraseSession = createEraseSession(parts, { lockQueue });
  const spooling = createSpooling?.(parts, { compactor, eraseSession });
  const { keep, reading = STORED_SESSIONS } = spooling ?? {};
  const userErasures = createUserErasures(parts, { lockQueue });
  const append = createAppendWhenUnlocked(parts, { compactor, lockQueue });
  const keepNote: KeepNote | undefined = keep && ((note) => keep.keepNote(note, note.receipt));
  const confirmedNotes = createConfirmedNotes(parts.patience.nowMonotonicMs);
  const noteInUserIndex = createNoteInUserIndex(parts, { eraseSession, keepNote, confirmedNotes });
  // What people ask for, and few processes: loaded when it is called.
  const timeline = onFirstUse(async () =>
    (await import('./explaining/timeline.ts')).createTimeline(parts, { compactor, reading }),
  );
  const explain = onFirstUse(async () =>
    (await import('./explaining/explain.ts')).createExplain(parts, { compactor, reading }),
  );
  const listing = onFirstUse(async () =>
    (await import('./listing/list-sessions.ts')).createListing(parts),
  );
  const exportUser = onFirstUse(async () =>
    (await import('./listing/export-user.ts')).createExportUser(parts, { userErasures, reading }),
  );
  const watch = onFirstUse(async () => (await import('./watch.ts')).createWatch(parts));
  return {
    persist: createPersist(parts, {
      ...{ append, noteInUserIndex, confirmedNotes, compactor, keep, reading },
    }),
    touch: createTouch(parts, { noteInUserIndex, spooled: spooling?.reading }),
    restore: createRestore(parts, { compactor, reading }),
    inspect: createInspect(parts, { compactor, reading }),
    inspectUser: createInspectUser(parts, { userErasures, reading }),
    timeline: async (query) => (await timeline())(query),
    explain: async (query) => (await explain())(query),
    lock: createLock(parts, { lockQueue, lapseWatch }),
    unlock: createUnlock(parts, { lockQueue, lapseWatch }),
    erase: createErase(parts, { eraseSession }),
    eraseUser: createEraseUser(parts, { userErasures }),
    listSessions: async (query) => (await listing()).listSessions(query),
    userSessions: async (query) => (await listing()).userSessions(query),
    async *exportUser(query) {
      yield* (await exportUser())(query);
    },
    async *watch(command) {
      yield* (await watch())(command);
    },
    compactor,
    userErasures,
    lapseWatch,
    spooling,
  };
}

/** Loads something when it is asked for first. */
function onFirstUse<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
