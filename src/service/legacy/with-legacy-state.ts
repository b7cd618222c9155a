// The store of sessions, with what former services left behind it (LEGACY_STATE=read). A session
// that the store does not have is looked up there, and what is found becomes its base before
// anything else happens: so no reader ever sees the session without it, and no update is ever
// stored in its place.
//
//   read, inspect        only where there is no session: look up, store the base, read again
//   append               under the condition that there is a session; only where there is none:
//                        look up, store the base, append
//   touch                the same as reading
//   append, no session   what was left is a session: look up and store the base first
//   erase                removes what was left, too, once the tombstone is in place
//
// So a session that exists costs not one command more. Taking a lock looks nothing up: whatever its
// holder, or anyone else, does next finds the base, which no lock keeps out.

import type { LegacyDamage } from '../../session/legacy/legacy-state.ts';
import type { LegacyKeyKind } from '../../store/legacy-store.ts';
import {
  type AttemptLimits,
  LIVE_SESSION,
  NO_SESSION,
  type SessionStore,
} from '../../store/session-store.ts';
import { type BaseOutcome, type BaseParts, storeBase } from './store-base.ts';

/** Is called when something was found. Never throws. */
export type LegacyObserver = {
  legacyFound(found: {
    sessionId: string;
    kind: LegacyKeyKind;
    result: BaseOutcome['result'];
    damage: LegacyDamage | undefined;
  }): void;
  /** What was left of a session that is erased was removed. */
  legacyRemoved(removed: { sessionId: string; keys: number }): void;
};

/** The same store, for sessions of former services too. */
export function withLegacyState(parts: BaseParts & { observer: LegacyObserver }): SessionStore {
  const { store, legacy, observer } = parts;

  return {
    ...store,

    async read(sessionId) {
      const found = await store.read(sessionId);
      if (found !== undefined) return found;
      return (await hasNowBase(sessionId)) ? store.read(sessionId) : undefined;
    },

    async inspect(sessionId) {
      const key = await store.inspect(sessionId);
      if (key.session !== undefined) return key;
      return (await hasNowBase(sessionId)) ? store.inspect(sessionId) : key;
    },

    async append(append, limits) {
      const { sessionId, ifMatch } = append;
      if (ifMatch === NO_SESSION) await hasNowBase(sessionId, limits);
      if (ifMatch !== '') return store.append(append, limits);
      const appended = await store.append({ ...append, ifMatch: LIVE_SESSION }, limits);
      if (appended.status !== 'conflict') return appended;
      await hasNowBase(sessionId, limits);
      return store.append(append, limits);
    },

    async touch(touch, limits) {
      const touched = await store.touch(touch, limits);
      if (touched.status !== 'missing' || touched.isErased) return touched;
      return (await hasNowBase(touch.sessionId, limits)) ? store.touch(touch, limits) : touched;
    },

    async erase(erasure, limits) {
      const erased = await store.erase(erasure, limits);
      if (erased.status === 'conflict') return erased;
      const keys = await legacy.remove(erasure.sessionId, limits);
      if (keys > 0) observer.legacyRemoved({ sessionId: erasure.sessionId, keys });
      return erased;
    },

    async close() {
      await Promise.all([store.close(), legacy.close()]);
    },
  };

  /** Stores what was left of a session; answers whether there is a session now. */
  async function hasNowBase(sessionId: string, limits?: AttemptLimits): Promise<boolean> {
    const values = await legacy.find(sessionId);
    let isThere = false;
    for (const value of values) {
      const { result, damage } = await storeBase(parts, { sessionId, value }, limits);
      observer.legacyFound({ sessionId, kind: value.kind, result, damage });
      isThere ||= result !== 'erased';
    }
    return isThere;
  }
}
