// The encryption of contents: connected with the store and the spool, measured.

import type { KeyObject } from 'node:crypto';
import type { Config } from './config.ts';
import { openStore } from './open-store.ts';
import { createEncryptedStore } from './service/encrypting/encrypted-store.ts';
import { type ContentCipher, createContentCipher } from './session/encryption/content-cipher.ts';
import type { KeyRing } from './session/encryption/key-ring.ts';
import { logIdOf } from './session/log-id.ts';
import type { SessionStore } from './store/session-store.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type OpenedEncryption = {
  contents: ContentCipher;
  /** The same store, with encrypted contents. */
  encrypted(store: SessionStore): SessionStore;
  updateIdKey(): KeyObject;
};

/** Encryption with keys that may change while the process runs. Commands have no metrics. */
export function openConfiguredEncryption(
  keyRing: () => KeyRing,
  { log, metrics }: { log: Logger; metrics?: Pick<Metrics, 'unopenedFrames'> },
): OpenedEncryption {
  const contents = createContentCipher(keyRing);
  return {
    contents,
    encrypted: (store) =>
      createEncryptedStore(store, {
        contents,
        onNotOpened({ sessionId, name, keyId, reason }) {
          metrics?.unopenedFrames.inc({ reason });
          const frame = { session: logIdOf(sessionId), frame: name, keyId, reason };
          log.rarely(`unopened frame ${reason}`).error('no key opens a stored frame', frame);
        },
      }),
    updateIdKey: () => keyRing().updateIdKey,
  };
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
