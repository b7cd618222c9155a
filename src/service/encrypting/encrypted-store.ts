// A store in which contents are encrypted. Frames are encrypted on their way into it, and opened on
// their way out; everything else of the contract is the store's own. What the store compares, and
// chains to etags, are the stored bytes.
//
// A frame that cannot be opened is marked `sealed`: its reader keeps it, and does not compact the
// session. When the key is there again, so is the frame.

import type { ContentCipher } from '../../session/encryption/content-cipher.ts';
import { encryptedFrame, openedFrame } from '../../session/encryption/frame-cipher.ts';
import type { NotOpenedReason } from '../../session/encryption/not-opened.ts';
import type { SessionStore, StoredFrame, StoredSession } from '../../store/session-store.ts';

/** Is called at each read of an encrypted frame that cannot be opened. Never throws. */
export type OnNotOpened = (frame: {
  sessionId: string;
  name: string;
  keyId: string;
  reason: NotOpenedReason;
}) => void;

/** The same store, with encrypted contents. */
export function createEncryptedStore(
  store: SessionStore,
  { contents, onNotOpened }: { contents: ContentCipher; onNotOpened: OnNotOpened },
): SessionStore {
  return {
    ...store,

    async append(append, limits) {
      const { sessionId } = append;
      const frame = encryptedFrame(contents, append.frame, sessionId);
      const isEncrypted = frame === append.frame;
      const appended = await store.append(isEncrypted ? append : { ...append, frame }, limits);
      if (appended.status === 'known' && appended.frame !== undefined) {
        const { payload, problem } = openedFrame(contents, appended.frame, sessionId);
        appended.opened = problem ? 'sealed' : payload;
      } else if (appended.status === 'stored' && !isEncrypted) appended.frameBytes = frame.length;
      return appended;
    },

    async read(sessionId) {
      const session = await store.read(sessionId);
      return session && openedSession(sessionId, session);
    },

    async inspect(sessionId) {
      const key = await store.inspect(sessionId);
      return {
        ...key,
        session: key.session && openedSession(sessionId, key.session),
        quarantine: key.quarantine.map((frame) => opened(sessionId, frame)),
      };
    },

    compact(compaction, limits) {
      const { sessionId, snapshot } = compaction;
      const frame = encryptedFrame(contents, snapshot.frame, sessionId);
      return store.compact({ ...compaction, snapshot: { ...snapshot, frame } }, limits);
    },
  };

  function openedSession(sessionId: string, session: StoredSession): StoredSession {
    return { ...session, frames: session.frames.map((frame) => opened(sessionId, frame)) };
  }

  function opened<Frame extends StoredFrame>(sessionId: string, stored: Frame): Frame {
    const { payload, keyId, problem: reason } = openedFrame(contents, stored.bytes, sessionId);
    if (reason) onNotOpened({ sessionId, name: stored.name, keyId, reason });
    const isOfOtherKey = keyId !== (contents.currentKey()?.id ?? '');
    return { ...stored, opened: reason ? 'sealed' : payload, isOfOtherKey };
  }
}
