// How sessions are read for callers: as the store has them, or with what waits in a spool.

import type { SessionStore, StoredKey } from '../../store/session-store.ts';
import { loadSession, type ReadSession, readSession } from './read-session.ts';

type Reading = Pick<SessionStore, 'read' | 'inspect' | 'inspectUser'>;

export type SessionReading = {
  /** Reads a session, as `loadSession` does. */
  load(store: Reading, sessionId: string, revision?: number): Promise<ReadSession | undefined>;
  /** Reads a session with all that its key holds. */
  loadKey(
    store: Reading,
    sessionId: string,
    revision: number,
  ): Promise<{ key: StoredKey; session: ReadSession | undefined }>;
  /** Sessions with updates that name a user and are not stored yet. */
  sessionsOf(userId: string): readonly string[];
};

/** Reads what is stored, and nothing else. */
export const STORED_SESSIONS: SessionReading = {
  load: loadSession,
  async loadKey(store, sessionId, revision) {
    const key = await store.inspect(sessionId);
    return { key, session: key.session && readSession(sessionId, key.session, revision) };
  },
  sessionsOf: () => [],
};
