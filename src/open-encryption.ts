// The encryption of contents and ids: connected with the store and the spool, measured.

import type { Config } from './config.ts';
import { openStore } from './open-store.ts';
import {
  createEncryptedIdsStore,
  rememberingIds,
} from './service/encrypting/encrypted-ids-store.ts';
import { createEncryptedStore } from './service/encrypting/encrypted-store.ts';
import { sampleIds } from './service/encrypting/sampled-ids.ts';
import { type ContentCipher, createContentCipher } from './session/encryption/content-cipher.ts';
import { createEncryptedFrameOf } from './session/encryption/frame-cipher.ts';
import { createIdCiphers, type IdCiphers } from './session/encryption/id-cipher.ts';
import type { KeyRing } from './session/encryption/key-ring.ts';
import type { FrameOf } from './session/frame.ts';
import { logIdOf } from './session/log-id.ts';
import type { UpdateIdKeys } from './session/update-id.ts';
import { type SessionStore, StoreUnavailable } from './store/session-store.ts';
import type { StoreFinding } from './store/store-finding.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type OpenedEncryption = {
  contents: ContentCipher;
  /** Undefined: ids are not encrypted. */
  ids: IdCiphers | undefined;
  /** The same store, with encrypted contents, and ids. */
  encrypted(store: SessionStore): SessionStore;
  /** The same store, with encrypted contents alone. */
  contentsEncrypted(store: SessionStore): SessionStore;
  frameOf: FrameOf;
  updateIdKeys(): UpdateIdKeys;
  /** Logs whether the store has sessions that this process cannot find. Never throws. */
  checkIds(store: SessionStore): Promise<void>;
  /** What the store reports of a session, with its id instead of the stored one. */
  withSessionId<Reported extends { sessionId: string }>(reported: Reported): Reported;
};

/** Encryption with keys that may change while the process runs, but for that of ids. Commands have
 * no metrics. */
export function openConfiguredEncryption(
  keyRing: () => KeyRing,
  { log, metrics }: { log: Logger; metrics?: Pick<Metrics, 'unopenedFrames' | 'unopenedIds'> },
): OpenedEncryption {
  const contents = createContentCipher(keyRing);
  const frameOf = createEncryptedFrameOf(contents);
  const { idKey } = keyRing();
  const ids = idKey && rememberingIds(createIdCiphers(idKey), onIdNotOpened);
  const sessionIdOf = (storedId: string) => ids?.session.opened(storedId) ?? storedId;
  return {
    ...{ contents, ids },
    contentsEncrypted,
    encrypted: (store) =>
      ids ? createEncryptedIdsStore(contentsEncrypted(store), ids) : contentsEncrypted(store),
    async checkIds(store) {
      try {
        const sampled = await sampleIds(store, ids);
        if (sampled.notFound > 0)
          log.error(`stored ids ${idsProblem(ids)}: their sessions are not found`, sampled);
      } catch (error) {
        log.warn('whether stored ids are encrypted cannot be checked', { error });
      }
    },
    frameOf: (payload, id) => frameOf(payload, ids?.session.stored(id) ?? id),
    updateIdKeys: () => ({ ofContents: keyRing().updateIdKey, ofIds: idKey }),
    withSessionId: (reported) => ({ ...reported, sessionId: sessionIdOf(reported.sessionId) }),
  };

  function contentsEncrypted(store: SessionStore): SessionStore {
    return createEncryptedStore(store, {
      contents,
      onNotOpened({ sessionId, name, keyId, reason }) {
        metrics?.unopenedFrames.inc({ reason });
        const session = logIdOf(sessionIdOf(sessionId));
        const frame = { session, frame: name, keyId, reason };
        log.rarely(`unopened frame ${reason}`).error('no key opens a stored frame', frame);
      },
    });
  }

  function onIdNotOpened(storedId: string): void {
    metrics?.unopenedIds.inc();
    const stored = { id: logIdOf(storedId) };
    log.rarely('unopened id').error('idKey does not open a stored id: it is left out', stored);
  }
}

/** Whether the configured store has sessions that a process with these keys cannot find. Nothing
 * is found where ids are neither encrypted nor to be. */
export async function checkIds(
  { store: config, encryptionKeys }: Pick<Config, 'store' | 'encryptionKeys'>,
  log: Logger,
): Promise<StoreFinding[]> {
  const idKey = encryptionKeys?.().idKey;
  const ids = idKey && createIdCiphers(idKey);
  const store = await openStore(config, log);
  try {
    await store.ping();
    const { sessions, notFound } = await sampleIds(store, ids);
    if (notFound > 0) {
      const text = `stored ids of ${notFound} of ${sessions} sessions ${idsProblem(ids)}`;
      return [{ check: 'ids', level: 'warning', text }];
    }
    return ids ? [{ check: 'ids', level: 'ok', text: 'stored ids are found with idKey' }] : [];
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return ids ? [{ check: 'ids', level: 'warning', text: error.message }] : [];
  } finally {
    await store.close();
  }
}

/** What is wrong with ids that are not found. */
function idsProblem(ids: IdCiphers | undefined): string {
  return ids ? 'are not encrypted with idKey' : 'are encrypted, and there is no idKey';
}

/** Opens the configured store for a command, which reads and writes what the service does. */
export async function openEncryptedStore(
  { store: config, encryptionKeys }: Pick<Config, 'store' | 'encryptionKeys'>,
  log: Logger,
): Promise<SessionStore> {
  const store = await openStore(config, log);
  return encryptionKeys
    ? openConfiguredEncryption(encryptionKeys, { log }).encrypted(store)
    : store;
}
